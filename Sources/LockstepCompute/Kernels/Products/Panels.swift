import CKernels

extension ls_operand {
    /// An operand whose rows lie in one part.
    init(data: UnsafePointer<Float>, row_stride: Int, column_stride: Int, patches: UnsafePointer<ls_patches>?) {
        self.init(
            data: data, row_stride: row_stride, column_stride: column_stride, patches: patches, part_rows: 0,
            part_stride: 0)
    }
}

extension ls_product {
    /// Whether rows of tiles are read in place, because they lie along memory. Rows that lie whole pages apart all go
    /// to one place of the first-level cache. They are packed if there are so many columns that packing costs little.
    var isDirect: Bool {
        let floatsOfPage = 1024
        let isCrowded =
            a.patches == nil && a.row_stride.isMultiple(of: floatsOfPage) && a.row_stride > 0
            && columns >= floatsOfPage / 4
        return a.column_stride == 1 && !isCrowded
    }
}

extension ls_kernels {
    func rowPanels(_ product: ls_product) -> Int { (product.rows + tile_rows - 1) / tile_rows }
    func columnPanels(_ product: ls_product) -> Int { (product.columns + tile_columns - 1) / tile_columns }

    /// The floats of a block of packed rows or columns.
    var blockCount: Int { FloatBuffer.aligned(row_panel_block * tile_rows * depth_block) }
    /// The panels of columns that fit in a block.
    var columnGroup: Int { row_panel_block * tile_rows / tile_columns }

    /// The parts of a product's depth, in order: as few as possible, and about equally deep.
    func depths(of product: ls_product) -> Depths {
        let depth = product.depth - product.start
        let parts = (depth + depth_block - 1) / depth_block
        return Depths(start: product.start, end: product.depth, size: parts == 0 ? 1 : (depth + parts - 1) / parts)
    }

    /// Multiplies some panels of rows with the packed columns. Rows that lie across memory are packed into `block`, as
    /// many panels at once as it holds.
    func multiplyRows(
        _ product: ls_product, _ range: Range<Int>, packed: UnsafePointer<Float>, columnPanels: Int,
        block: UnsafeMutablePointer<Float>
    ) {
        withUnsafePointer(to: product) { product in
            for first in stride(from: range.lowerBound, to: range.upperBound, by: row_panel_block) {
                let last = Swift.min(first + row_panel_block, range.upperBound)
                for depth in depths(of: product.pointee) {
                    let columns = packed + tile_columns * columnPanels * depth.first
                    if product.pointee.isDirect {
                        multiply_direct(product, columns, first, last, 0, columnPanels, depth)
                    } else {
                        pack_rows(product, first, last, depth, block)
                        multiply_packed(product, block, columns, first, last, 0, columnPanels, depth)
                    }
                }
            }
        }
    }
}

/// The parts of a depth, one after another. It is a plain struct, because a closure would be allocated.
struct Depths: Sequence, IteratorProtocol {
    fileprivate var start: Int
    fileprivate let end, size: Int

    fileprivate init(start: Int, end: Int, size: Int) { (self.start, self.end, self.size) = (start, end, size) }

    /// The whole depth in one part.
    init(whole depth: Int) { self.init(start: 0, end: depth, size: Swift.max(depth, 1)) }

    mutating func next() -> ls_depth? {
        guard start < end else { return nil }
        defer { start += size }
        return ls_depth(first: start, last: Swift.min(start + size, end))
    }
}
