import CKernels

/// A product of shallow leaves, block by block of the kernel. The longer side is cut among the threads, which pack its
/// panels one block at a time. The panels of the other side are packed before.
struct LeafBlocks {
    let product: ls_product
    private let leaf: LeafProduct
    private let kernels: ls_kernels
    private let cutsRows: Bool

    init(_ leaf: LeafProduct, _ kernels: ls_kernels) {
        (self.leaf, self.kernels) = (leaf, kernels)
        product = leaf.product(leaf.part.rows, into: leaf.c)
        cutsRows = product.rows >= product.columns
    }

    func run(on crew: Crew) {
        let (rowPanels, columnPanels) = (kernels.rowPanels(product), kernels.columnPanels(product))
        let (cutPanels, cutTile) = cutsRows ? (rowPanels, kernels.tile_rows) : (columnPanels, kernels.tile_columns)
        let (panels, tile) = cutsRows ? (columnPanels, kernels.tile_columns) : (rowPanels, kernels.tile_rows)
        let group = max(1, kernels.blockCount / (cutTile * product.depth))
        let across = cutsRows ? product.columns : product.rows
        let cut = crew.cut(cutPanels, grain: max(1, 128 * 1024 / (cutTile * across * product.depth)))
        let packed = FloatBuffer.aligned(panels * tile * product.depth)
        let block = FloatBuffer.aligned(group * cutTile * product.depth)
        let scratch = crew.scratch(packed + cut.chunks * block)
        let depths = Depths(whole: product.depth)
        pack(product, isRows: !cutsRows, panels: panels, depths: depths, to: scratch, on: crew)
        leaf.part.bounds.withUnsafeBufferPointer { bounds in
            let work = Chunks(
                product: product, kernels: kernels,
                leaves: ls_leaves(bounds: bounds.baseAddress!, count: leaf.part.leaves, unit: leaf.unit),
                cutsRows: cutsRows, packed: scratch, panels: panels, blocks: scratch + packed, blockCount: block,
                group: group, cut: cut)
            crew.perform(work, chunks: cut.chunks)
        }
    }

    private struct Chunks: ChunkedWork {
        let product: ls_product
        let kernels: ls_kernels
        let leaves: ls_leaves
        let cutsRows: Bool
        let packed: UnsafeMutablePointer<Float>
        let panels: Int
        let blocks: UnsafeMutablePointer<Float>
        let blockCount, group: Int
        let cut: Cut

        func run(chunk: Int) {
            let block = blocks + chunk * blockCount
            let range = cut[chunk]
            let depth = ls_depth(first: 0, last: product.depth)
            withUnsafePointer(to: product) { product in
                for first in stride(from: range.lowerBound, to: range.upperBound, by: group) {
                    let last = min(first + group, range.upperBound)
                    if cutsRows {
                        kernels.pack_rows(product, first, last, depth, block)
                        kernels.multiply_leaves(product, block, packed, first, last, 0, panels, leaves)
                    } else {
                        kernels.pack_columns(product, first, last, depth, block)
                        kernels.multiply_leaves(product, packed, block, 0, panels, first, last, leaves)
                    }
                }
            }
        }
    }
}
