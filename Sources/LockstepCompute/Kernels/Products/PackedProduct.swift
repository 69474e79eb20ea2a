import CKernels

/// Multiplications and additions worth handing to another thread: about 3 µs at 80 GFLOP/s.
private let grain = 128 * 1024

/// Multiplies in panels. Columns of b are packed. Rows of a are packed if they lie across memory, and read in place if
/// they lie along it. The longer side is cut among the threads, which pack its panels one block at a time, so that the
/// block is in the cache when it is used.
///
/// - Parameter epilogue: what is done to c in the end, while it is in the cache.
func multiply(_ product: ls_product, epilogue: Epilogue = .nothing, on crew: Crew) {
    let kernels = crew.kernels
    guard product.rows > 0, product.columns > 0, product.depth > 0 else {
        return multiplyNothing(product, epilogue: epilogue, on: crew)
    }
    if let split = DepthSplit(product, epilogue) { return split.run(on: crew) }
    if let images = ImagesProduct(product, kernels) { return images.run(epilogue: epilogue, on: crew) }
    if let flat = product.laidFlat {
        product.sumOnlyColumn()
        multiply(flat, on: crew)
        return epilogue.apply(product, rows: 0..<product.rows, kernels)
    }
    if product.isFlat(kernels) {
        multiplyFlat(product, on: crew)
        return epilogue.apply(product, rows: 0..<product.rows, kernels)
    }
    let (rowPanels, columnPanels) = (kernels.rowPanels(product), kernels.columnPanels(product))
    if rowPanels * kernels.tile_rows >= columnPanels * kernels.tile_columns {
        let cut = crew.cut(rowPanels, grain: max(1, grain / (kernels.tile_rows * product.columns * product.depth)))
        let packed = FloatBuffer.aligned(columnPanels * kernels.tile_columns * product.depth)
        let scratch = crew.scratch(packed + cut.chunks * kernels.blockCount)
        pack(product, isRows: false, panels: columnPanels, to: scratch, on: crew)
        let rows = RowBlocks(
            product: product, kernels: kernels, epilogue: epilogue, packed: scratch, columnPanels: columnPanels,
            blocks: scratch + packed,
            cut: cut)
        crew.perform(rows, chunks: cut.chunks)
    } else {
        let cut = crew.cut(columnPanels, grain: max(1, grain / (kernels.tile_columns * product.rows * product.depth)))
        let packed = product.isDirect ? 0 : FloatBuffer.aligned(rowPanels * kernels.tile_rows * product.depth)
        let scratch = crew.scratch(packed + cut.chunks * kernels.blockCount)
        if packed > 0 { pack(product, isRows: true, panels: rowPanels, to: scratch, on: crew) }
        let columns = ColumnBlocks(
            product: product, kernels: kernels, epilogue: epilogue, packed: scratch, rowPanels: rowPanels,
            blocks: scratch + packed,
            cut: cut)
        crew.perform(columns, chunks: cut.chunks)
        if epilogue.needsRows { epilogue.apply(product, rows: 0..<product.rows, kernels) }
    }
}

/// A product without depth: the bias, or zero. Or one without elements.
private func multiplyNothing(_ product: ls_product, epilogue: Epilogue, on crew: Crew) {
    withUnsafePointer(to: product) { crew.kernels.multiply_small($0, 0, product.rows) }
    product.column_sums?.update(repeating: 0, count: product.columns)
    epilogue.apply(product, rows: 0..<product.rows, crew.kernels)
}

/// Packs all panels of one operand, one block of the depth after the other.
///
/// - Parameter depths: the blocks; nil: the blocks of the kernels.
func pack(
    _ product: ls_product, isRows: Bool, panels: Int, depths: Depths? = nil, to: UnsafeMutablePointer<Float>,
    on crew: Crew
) {
    let tile = isRows ? crew.kernels.tile_rows : crew.kernels.tile_columns
    let packing = Packing(
        product: product, kernels: crew.kernels, isRows: isRows, panels: panels,
        depths: depths ?? crew.kernels.depths(of: product),
        to: to,
        // Packing moves an element in about the time of 16 multiplications.
        cut: crew.cut(panels, grain: max(1, grain / (16 * tile * product.depth))))
    crew.perform(packing, chunks: packing.cut.chunks)
}

private struct Packing: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let isRows: Bool
    let panels: Int
    let depths: Depths
    let to: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let tile = isRows ? kernels.tile_rows : kernels.tile_columns
        let (first, last) = (cut[chunk].lowerBound, cut[chunk].upperBound)
        withUnsafePointer(to: product) { product in
            for depth in depths {
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

/// Multiplies a range of row panels with all columns, which are packed.
private struct RowBlocks: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let epilogue: Epilogue
    let packed: UnsafeMutablePointer<Float>
    let columnPanels: Int
    /// Memory of one block for each chunk.
    let blocks: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let block = blocks + chunk * kernels.blockCount
        let range = cut[chunk]
        for first in stride(from: range.lowerBound, to: range.upperBound, by: kernels.row_panel_block) {
            let panels = first..<min(first + kernels.row_panel_block, range.upperBound)
            kernels.multiplyRows(product, panels, packed: packed, columnPanels: columnPanels, block: block)
            let rows = panels.lowerBound * kernels.tile_rows..<min(panels.upperBound * kernels.tile_rows, product.rows)
            epilogue.apply(product, rows: rows, kernels)
        }
    }
}

/// Multiplies all rows, packed or in place, with a range of column panels.
private struct ColumnBlocks: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let epilogue: Epilogue
    let packed: UnsafeMutablePointer<Float>
    let rowPanels: Int
    let blocks: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let range = cut[chunk]
        let block = blocks + chunk * kernels.blockCount
        let (group, rowBlock) = (kernels.columnGroup, kernels.row_panel_block)
        withUnsafePointer(to: product) { product in
            for first in stride(from: range.lowerBound, to: range.upperBound, by: group) {
                let last = min(first + group, range.upperBound)
                for depth in kernels.depths(of: product.pointee) {
                    kernels.pack_columns(product, first, last, depth, block)
                    if product.pointee.isDirect {
                        kernels.multiply_direct(product, block, 0, rowPanels, first, last, depth)
                        continue
                    }
                    for row in stride(from: 0, to: rowPanels, by: rowBlock) {
                        let rows =
                            packed + kernels.tile_rows * (rowPanels * depth.first + row * (depth.last - depth.first))
                        kernels.multiply_packed(
                            product, rows, block, row, min(row + rowBlock, rowPanels), first, last, depth)
                    }
                }
                let columns = first * kernels.tile_columns..<min(last * kernels.tile_columns, product.pointee.columns)
                epilogue.apply(product.pointee, columns: columns, kernels)
            }
        }
    }
}
