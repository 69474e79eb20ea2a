import CKernels

/// A recurrent kernel, packed once for all steps of time, and the groups of the batch's rows that go through these.
///
/// A row meets no other on its way through time. So a thread takes a group of rows through all steps without waiting for anybody, and the
/// group's part of every tensor stays in its cache. Where the batch falls into micro-shards, a thread takes whole ones.
struct RecurrentKernel {
    /// Some rows of a micro-shard, and the panels that they are.
    struct Group {
        /// The micro-shard's first row, its rows, and the chunk whose thread has it.
        let first, batch, chunk: Int
        let panels, rows: Range<Int>

        /// How many rows of all steps lie in front of the micro-shard's in a step.
        func place(_ step: Int, of time: Int) -> Int { first * time + step * batch }
    }

    let kernels: ls_kernels
    /// The panels of rows among the threads, or the micro-shards.
    let cut: Cut
    private let columns: ls_operand
    private let width, depth, rows: Int
    /// Where micro-shards begin among the rows, and behind these where the last ends; empty for rows that are not cut.
    private let bounds: [Int]
    private let packed: UnsafeMutablePointer<Float>
    private let panels: Int
    /// A block's place for each chunk.
    private let blocks: UnsafeMutablePointer<Float>

    /// Packs the kernel `[depth, width]`.
    ///
    /// - Parameters:
    ///   - rows: of the batch.
    ///   - bounds: where micro-shards begin among these, and behind them where the last ends, if each has its part of the tensors.
    init(_ columns: ls_operand, width: Int, depth: Int, rows: Int, bounds: [Int] = [], on crew: Crew) {
        kernels = crew.kernels
        (self.columns, self.width, self.depth, self.rows, self.bounds) = (columns, width, depth, rows, bounds)
        panels = (width + kernels.tile_columns - 1) / kernels.tile_columns
        let packedCount = FloatBuffer.aligned(panels * kernels.tile_columns * depth)
        let pieces = bounds.count <= 2 ? (rows + kernels.tile_rows - 1) / kernels.tile_rows : bounds.count - 1
        // Two chunks a thread: each streams the whole kernel through its cache once a step.
        cut = crew.cut(pieces, grain: max(1, pieces / (2 * crew.threads)))
        packed = crew.scratch(packedCount + cut.chunks * kernels.blockCount)
        blocks = packed + packedCount
        let product = ls_product(
            rows: 0, columns: width, depth: depth, a: columns, b: columns, bias: nil, adds: false, c: packed, c_stride: width, start: 0,
            column_sums: nil)
        pack(product, isRows: false, panels: panels, to: packed, on: crew)
    }

    /// c, or with `adds` c added to, from a times the kernel, for a group's rows of a `[batch, depth]` and c `[batch, width]`.
    ///
    /// - Parameters:
    ///   - aStride: from a row of a to the next, if they do not lie behind one another.
    ///   - bias: `[width]`, added to the product where that adds to nothing.
    ///   - cStride: from a row of c to the next.
    func multiply(
        _ a: UnsafeMutablePointer<Float>, stride aStride: Int? = nil, _ group: Group, bias: UnsafeMutablePointer<Float>? = nil, adds: Bool,
        into c: UnsafeMutablePointer<Float>, stride cStride: Int? = nil
    ) {
        let product = ls_product(
            rows: group.batch, columns: width, depth: depth,
            a: ls_operand(data: a, row_stride: aStride ?? depth, column_stride: 1, patches: nil), b: columns, bias: bias?.asConstant,
            adds: adds, c: c, c_stride: cStride ?? width, start: 0, column_sums: nil)
        // Groups of one chunk are one thread's, so they may share a block.
        kernels.multiplyRows(
            product, group.panels, packed: packed, columnPanels: panels, block: blocks + group.chunk * kernels.blockCount)
    }

    /// Runs a body for the groups of a chunk: as many rows as stay in the second-level cache with their gates.
    func eachGroup(of chunk: Int, _ body: (Group) -> Void) {
        if bounds.count <= 2 { return eachGroup(of: chunk, first: 0, batch: rows, panels: cut[chunk], body) }
        for leaf in cut[chunk] {
            let (first, batch) = (bounds[leaf], bounds[leaf + 1] - bounds[leaf])
            eachGroup(
                of: chunk, first: first, batch: batch, panels: 0..<(batch + kernels.tile_rows - 1) / kernels.tile_rows, body)
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
