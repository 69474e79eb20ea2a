import CKernels

/// Recurrent kernels, packed once for all steps of time, and the groups of the batch's rows that go through the steps.
///
/// Rows do not depend on each other. So a thread takes a group of rows through all steps without waiting, and the
/// group's part of every tensor stays in its cache. If the batch has micro-shards, a thread takes whole ones.
struct RecurrentKernel {
    /// Some rows of a micro-shard, and their panels.
    struct Group {
        /// The micro-shard's first row, its number of rows, and the chunk that it belongs to.
        let first, batch, chunk: Int
        let panels, rows: Range<Int>

        /// How many rows of all steps lie before the micro-shard's rows of a step.
        func place(_ step: Int, of time: Int) -> Int { first * time + step * batch }
    }

    /// A matrix `[depth, width]`.
    struct Matrix {
        let columns: ls_operand
        let width, depth: Int

        init(_ columns: ls_operand, width: Int, depth: Int) {
            (self.columns, self.width, self.depth) = (columns, width, depth)
        }

        /// Some columns of a matrix that has `stride` columns, or the same rows of its transpose.
        init(
            columns first: Int = 0, count: Int, of matrix: UnsafeMutablePointer<Float>, stride: Int, rows: Int,
            isTransposed: Bool = false
        ) {
            let data = UnsafePointer(matrix + first)
            if isTransposed {
                self.init(
                    ls_operand(data: data, row_stride: 1, column_stride: stride, patches: nil), width: rows,
                    depth: count)
            } else {
                self.init(
                    ls_operand(data: data, row_stride: stride, column_stride: 1, patches: nil), width: count,
                    depth: rows)
            }
        }
    }

    /// A matrix, and where its panels lie.
    private struct Packed {
        let matrix: Matrix
        let start: UnsafeMutablePointer<Float>
        let panels: Int

        /// The floats of the panels of a matrix.
        static func count(_ matrix: Matrix, _ kernels: ls_kernels) -> Int {
            FloatBuffer.aligned(
                (matrix.width + kernels.tile_columns - 1) / kernels.tile_columns * kernels.tile_columns * matrix.depth)
        }

        init(_ matrix: Matrix, at start: UnsafeMutablePointer<Float>, on crew: Crew) {
            (self.matrix, self.start) = (matrix, start)
            panels = (matrix.width + crew.kernels.tile_columns - 1) / crew.kernels.tile_columns
            let product = ls_product(
                rows: 0, columns: matrix.width, depth: matrix.depth, a: matrix.columns, b: matrix.columns, bias: nil,
                adds: false,
                c: start, c_stride: matrix.width, start: 0, column_sums: nil)
            pack(product, isRows: false, panels: panels, to: start, on: crew)
        }
    }

    let kernels: ls_kernels
    /// Cuts the panels of rows, or the micro-shards, among the threads.
    let cut: Cut
    private let first: Packed
    private let second: Packed?
    private let rows: Int
    /// Where each micro-shard begins among the rows, and then where the last one ends; empty if the rows are not cut.
    private let bounds: [Int]
    /// Memory of one block for each chunk.
    private let blocks: UnsafeMutablePointer<Float>

    /// Packs one matrix, or two.
    ///
    /// - Parameters:
    ///   - rows: of the batch.
    ///   - bounds: where each micro-shard begins among the rows, and then where the last one ends, if each micro-shard
    ///     has its own part of the tensors.
    init(_ first: Matrix, _ second: Matrix? = nil, rows: Int, bounds: [Int] = [], on crew: Crew) {
        kernels = crew.kernels
        (self.rows, self.bounds) = (rows, bounds)
        let pieces = bounds.count <= 2 ? (rows + kernels.tile_rows - 1) / kernels.tile_rows : bounds.count - 1
        // Two chunks per thread, because each chunk streams the whole kernel through its cache once per step.
        cut = crew.cut(pieces, grain: max(1, pieces / (2 * crew.threads)))
        let firstCount = Packed.count(first, kernels)
        let secondCount = second.map { Packed.count($0, crew.kernels) } ?? 0
        let start = crew.scratch(firstCount + secondCount + cut.chunks * kernels.blockCount)
        blocks = start + firstCount + secondCount
        self.first = Packed(first, at: start, on: crew)
        self.second = second.map { Packed($0, at: start + firstCount, on: crew) }
    }

    /// Multiplies a group's rows of a `[batch, depth]` with a matrix. The product overwrites c `[batch, width]`, or
    /// with `adds` is added to c.
    ///
    /// - Parameters:
    ///   - usesSecond: use the second of two matrices.
    ///   - aStride: elements from a row of a to the next; nil: rows lie one after another.
    ///   - bias: `[width]`, added to the product if `adds` is false.
    ///   - cStride: elements from a row of c to the next; nil: rows lie one after another.
    func multiply(
        usesSecond: Bool = false, _ a: UnsafeMutablePointer<Float>, stride aStride: Int? = nil, _ group: Group,
        bias: UnsafeMutablePointer<Float>? = nil, adds: Bool,
        into c: UnsafeMutablePointer<Float>, stride cStride: Int? = nil
    ) {
        guard let packed = usesSecond ? second : first else { preconditionFailure("there is one matrix") }
        let matrix = packed.matrix
        let product = ls_product(
            rows: group.batch, columns: matrix.width, depth: matrix.depth,
            a: ls_operand(data: a, row_stride: aStride ?? matrix.depth, column_stride: 1, patches: nil),
            b: matrix.columns,
            bias: bias?.asConstant, adds: adds, c: c, c_stride: cStride ?? matrix.width, start: 0, column_sums: nil)
        // The groups of one chunk run on one thread, so they may share a block.
        kernels.multiplyRows(
            product, group.panels, packed: packed.start, columnPanels: packed.panels,
            block: blocks + group.chunk * kernels.blockCount)
    }

    /// Runs a body for the groups of a chunk. A group has as many rows as stay in the second-level cache with their
    /// gates.
    func eachGroup(of chunk: Int, _ body: (Group) -> Void) {
        if bounds.count <= 2 { return eachGroup(of: chunk, first: 0, batch: rows, panels: cut[chunk], body) }
        for leaf in cut[chunk] {
            let (first, batch) = (bounds[leaf], bounds[leaf + 1] - bounds[leaf])
            eachGroup(
                of: chunk, first: first, batch: batch, panels: 0..<(batch + kernels.tile_rows - 1) / kernels.tile_rows,
                body)
        }
    }

    private func eachGroup(of chunk: Int, first: Int, batch: Int, panels: Range<Int>, _ body: (Group) -> Void) {
        let size = max(1, 48 / kernels.tile_rows)
        for panel in stride(from: panels.lowerBound, to: panels.upperBound, by: size) {
            let last = min(panel + size, panels.upperBound)
            body(
                Group(
                    first: first, batch: batch, chunk: chunk, panels: panel..<last,
                    rows: panel * kernels.tile_rows..<min(last * kernels.tile_rows, batch)))
        }
    }
}
