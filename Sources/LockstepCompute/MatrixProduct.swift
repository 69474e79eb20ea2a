import CKernels

/// Multiplications and additions worth handing to another thread: about 3 µs at 80 GFLOP/s.
private let grain = 128 * 1024
/// Below this many multiplications the panels cost more than they save.
private let smallest = 4096

/// Which operands of a product are stored with rows and columns exchanged.
public enum Transposed: Sendable {
    case neither, first, second, both
}

/// `c = a·b + bias`, with `a` `[rows, depth]`, `b` `[depth, columns]`, `c` `[rows, columns]` and `bias` `[columns]`.
///
/// A transposed operand is stored `[depth, rows]` or `[columns, depth]`. Tensors of more dimensions count as matrices with the
/// last dimension's columns. Each element is summed from the bias on over the depth in order, whatever the rows, the threads
/// and the way it is computed.
package func matmul(
    _ a: Tensor, _ b: Tensor, transposed: Transposed = .neither, bias: Tensor? = nil, into c: Tensor, on crew: Crew
) {
    let (aTransposed, bTransposed) = (transposed.isFirst, transposed.isSecond)
    let (aRows, aColumns) = a.matrixShape
    let (bRows, bColumns) = b.matrixShape
    let (rows, depth) = aTransposed ? (aColumns, aRows) : (aRows, aColumns)
    let columns = bTransposed ? bRows : bColumns
    precondition(depth == (bTransposed ? bColumns : bRows), "matmul of \(a.shape) and \(b.shape)")
    precondition(
        c.count == rows * columns && (bias?.count ?? columns) == columns, "matmul into \(c.shape), bias \(String(describing: bias))")
    guard rows > 0, columns > 0 else { return }
    let product = ls_product(
        rows: rows, columns: columns, depth: depth,
        a: ls_operand(data: a.pointer, row_stride: aTransposed ? 1 : aColumns, column_stride: aTransposed ? aColumns : 1, patches: nil),
        b: ls_operand(data: b.pointer, row_stride: bTransposed ? 1 : bColumns, column_stride: bTransposed ? bColumns : 1, patches: nil),
        bias: bias?.pointer.asConstant, c: c.pointer, c_stride: columns)

    if rows * columns * depth < smallest {
        withUnsafePointer(to: product) { crew.kernels.multiply_small($0, 0, rows) }
    } else {
        multiplyPacked(product, on: crew)
    }
}

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
    let blockCount = FloatBuffer.aligned(kernels.row_panel_block * kernels.tile_rows * kernels.depth_block)
    let scratch = crew.scratch(packedCount + cut.chunks * blockCount)

    let packing = Packing(
        product: product, kernels: kernels, isRows: !byRows, panels: short, to: scratch,
        // Packing moves an element in about the time of 16 multiplications.
        cut: crew.cut(short, grain: max(1, grain / (16 * shortTile * product.depth))))
    crew.perform(packing, chunks: packing.cut.chunks)
    let multiplication = Multiplication(
        product: product, kernels: kernels, byRows: byRows, panels: short, packed: scratch, blocks: scratch + packedCount,
        blockCount: blockCount, cut: cut)
    crew.perform(multiplication, chunks: cut.chunks)
}

/// Packs all panels of one operand, one block of the depth behind the other.
private struct Packing: ChunkedWork {
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
            for start in stride(from: 0, to: product.pointee.depth, by: kernels.depth_block) {
                let depth = ls_depth(first: start, last: min(start + kernels.depth_block, product.pointee.depth))
                let place = to + tile * (panels * start + first * (depth.last - start))
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
    let blockCount: Int
    let cut: Cut

    func run(chunk: Int) {
        let range = cut[chunk]
        let block = blocks + chunk * blockCount
        let rowBlock = kernels.row_panel_block
        withUnsafePointer(to: product) { product in
            // As many panels as fit in a block's place.
            let group = byRows ? rowBlock : rowBlock * kernels.tile_rows / kernels.tile_columns
            for first in stride(from: range.lowerBound, to: range.upperBound, by: group) {
                let last = min(first + group, range.upperBound)
                for start in stride(from: 0, to: product.pointee.depth, by: kernels.depth_block) {
                    let depth = ls_depth(first: start, last: min(start + kernels.depth_block, product.pointee.depth))
                    let part = depth.last - start
                    if byRows {
                        kernels.pack_rows(product, first, last, depth, block)
                        let columns = packed + kernels.tile_columns * panels * start
                        kernels.multiply_packed(product, block, columns, first, last, 0, panels, depth)
                    } else {
                        kernels.pack_columns(product, first, last, depth, block)
                        for row in stride(from: 0, to: panels, by: rowBlock) {
                            let rows = packed + kernels.tile_rows * (panels * start + row * part)
                            kernels.multiply_packed(product, rows, block, row, min(row + rowBlock, panels), first, last, depth)
                        }
                    }
                }
            }
        }
    }
}

extension Transposed {
    var isFirst: Bool { self == .first || self == .both }
    var isSecond: Bool { self == .second || self == .both }
}

extension UnsafeMutablePointer {
    var asConstant: UnsafePointer<Pointee> { UnsafePointer(self) }
}

extension Tensor {
    /// Rows and columns as a matrix with the last dimension's columns.
    var matrixShape: (rows: Int, columns: Int) {
        (shape.dimensions.dropLast().reduce(1, *), shape.last ?? 1)
    }
}

/// The product of two matrices, `a·b`, or with transposed operands `aᵀ·b`, `a·bᵀ`: `[rows, columns]`.
///
/// - Throws: `ComputeError.productShapes` if they are no matrices or their inner dimensions differ;
///   `ComputeError.instructionSet` if the environment names an instruction set this machine lacks.
public func matmul(_ a: Tensor, _ b: Tensor, transposed: Transposed = .neither) throws(ComputeError) -> Tensor {
    let (aTransposed, bTransposed) = (transposed.isFirst, transposed.isSecond)
    guard a.shape.rank == 2, b.shape.rank == 2, a.shape[aTransposed ? 0 : 1] == b.shape[bTransposed ? 1 : 0] else {
        throw .productShapes(a.shape, b.shape)
    }
    let rows = a.shape[aTransposed ? 1 : 0]
    let columns = b.shape[bTransposed ? 0 : 1]
    let result = Tensor.zeros([rows, columns])
    // Worth waking threads for: from about 200 µs of work on.
    let isLarge = rows * columns * a.count / max(rows, 1) > 8_000_000
    let crew = try Crew(threads: isLarge ? Processors.allowed().threads() : 1, instructionSet: .selected())
    crew.together { matmul(a, b, transposed: transposed, into: result, on: crew) }
    return result
}
