import CKernels

/// Multiplications and additions worth handing to another thread: about 3 µs at 80 GFLOP/s.
private let grain = 128 * 1024

/// The product in panels. The operand of the shorter side is packed as a whole first; the other is packed a block at a time by whoever
/// multiplies it, so that it is in the cache then, and needs no memory of its size: the patches of images are never there as a whole.
func multiplyPacked(_ product: ls_product, on crew: Crew) {
    guard product.depth > 0 else {
        return withUnsafePointer(to: product) { crew.kernels.multiply_small($0, 0, product.rows) }
    }
    let kernels = crew.kernels
    let rowPanels = (product.rows + kernels.tile_rows - 1) / kernels.tile_rows
    let columnPanels = (product.columns + kernels.tile_columns - 1) / kernels.tile_columns
    let byRows = rowPanels * kernels.tile_rows >= columnPanels * kernels.tile_columns
    let (long, short) = byRows ? (rowPanels, columnPanels) : (columnPanels, rowPanels)
    let (longTile, shortTile) = byRows ? (kernels.tile_rows, kernels.tile_columns) : (kernels.tile_columns, kernels.tile_rows)
    let cut = crew.cut(long, grain: max(1, grain / (longTile * shortTile * short * product.depth)))

    let packedCount = FloatBuffer.aligned(short * shortTile * product.depth)
    let scratch = crew.scratch(packedCount + cut.chunks * kernels.blockCount)

    let packing = Packing(
        product: product, kernels: kernels, isRows: !byRows, panels: short, to: scratch,
        // Packing moves an element in about the time of 16 multiplications.
        cut: crew.cut(short, grain: max(1, grain / (16 * shortTile * product.depth))))
    crew.perform(packing, chunks: packing.cut.chunks)
    let multiplication = Multiplication(
        product: product, kernels: kernels, byRows: byRows, panels: short, packed: scratch, blocks: scratch + packedCount, cut: cut)
    crew.perform(multiplication, chunks: cut.chunks)
}

/// Packs all panels of one operand, one block of the depth behind the other.
struct Packing: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let isRows: Bool
    let panels: Int
    let to: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let tile = isRows ? kernels.tile_rows : kernels.tile_columns
        let (first, last) = (cut[chunk].lowerBound, cut[chunk].upperBound)
        withUnsafePointer(to: product) { product in
            for depth in kernels.depths(of: product.pointee) {
                let place = to + tile * (panels * depth.first + first * (depth.last - depth.first))
                if isRows {
                    kernels.pack_rows(product, first, last, depth, place)
                } else {
                    kernels.pack_columns(product, first, last, depth, place)
                }
            }
        }
    }
}

/// Multiplies a range of the longer side's panels, packed here block by block, with all of the other's.
private struct Multiplication: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let byRows: Bool
    /// The number of the other operand's panels, which are packed.
    let panels: Int
    let packed: UnsafeMutablePointer<Float>
    /// A block's place for each chunk.
    let blocks: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let range = cut[chunk]
        let block = blocks + chunk * kernels.blockCount
        let rowBlock = kernels.row_panel_block
        withUnsafePointer(to: product) { product in
            if byRows {
                return kernels.multiplyRows(product, range, packed: packed, columnPanels: panels, block: block)
            }
            // As many panels as fit in a block's place.
            let group = rowBlock * kernels.tile_rows / kernels.tile_columns
            for first in stride(from: range.lowerBound, to: range.upperBound, by: group) {
                let last = min(first + group, range.upperBound)
                for depth in kernels.depths(of: product.pointee) {
                    kernels.pack_columns(product, first, last, depth, block)
                    for row in stride(from: 0, to: panels, by: rowBlock) {
                        let rows = packed + kernels.tile_rows * (panels * depth.first + row * (depth.last - depth.first))
                        kernels.multiply_packed(product, rows, block, row, min(row + rowBlock, panels), first, last, depth)
                    }
                }
            }
        }
    }
}

/// The blocks of a depth, one after another. A plain struct, for a closure would be allocated.
struct Depths: Sequence, IteratorProtocol {
    fileprivate var start: Int
    fileprivate let depth, block: Int

    mutating func next() -> ls_depth? {
        guard start < depth else { return nil }
        defer { start += block }
        return ls_depth(first: start, last: Swift.min(start + block, depth))
    }
}

extension ls_kernels {
    /// The parts of a product's depth, in order.
    func depths(of product: ls_product) -> Depths { Depths(start: 0, depth: product.depth, block: depth_block) }

    /// Multiplies some panels of rows, which it packs block by block into `block`, with the packed columns.
    func multiplyRows(
        _ product: UnsafePointer<ls_product>, _ range: Range<Int>, packed: UnsafePointer<Float>, columnPanels: Int,
        block: UnsafeMutablePointer<Float>
    ) {
        for first in stride(from: range.lowerBound, to: range.upperBound, by: row_panel_block) {
            let last = Swift.min(first + row_panel_block, range.upperBound)
            for depth in depths(of: product.pointee) {
                pack_rows(product, first, last, depth, block)
                multiply_packed(product, block, packed + tile_columns * columnPanels * depth.first, first, last, 0, columnPanels, depth)
            }
        }
    }

    /// The floats of a block of packed rows.
    var blockCount: Int { FloatBuffer.aligned(row_panel_block * tile_rows * depth_block) }
}
