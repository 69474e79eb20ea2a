import CKernels

/// A recurrent kernel, packed once for all steps of time, and the groups of the batch's rows that go through these.
///
/// A row meets no other on its way through time. So a thread takes a group of rows through all steps without waiting for anybody, and the
/// group's part of every tensor stays in its cache.
struct RecurrentKernel {
    /// Some rows of the batch, and the panels that they are.
    struct Group {
        let panels, rows: Range<Int>
    }

    let kernels: ls_kernels
    /// The panels of rows among the threads.
    let cut: Cut
    private let columns: ls_operand
    private let width, depth, batch: Int
    private let packed: UnsafeMutablePointer<Float>
    private let panels: Int
    /// A block's place for each chunk.
    private let blocks: UnsafeMutablePointer<Float>

    /// Packs the kernel `[depth, width]`.
    init(_ columns: ls_operand, width: Int, depth: Int, batch: Int, on crew: Crew) {
        kernels = crew.kernels
        (self.columns, self.width, self.depth, self.batch) = (columns, width, depth, batch)
        panels = (width + kernels.tile_columns - 1) / kernels.tile_columns
        let packedCount = FloatBuffer.aligned(panels * kernels.tile_columns * depth)
        let rowPanels = (batch + kernels.tile_rows - 1) / kernels.tile_rows
        // Two chunks a thread: each streams the whole kernel through its cache once a step.
        cut = crew.cut(rowPanels, grain: max(1, rowPanels / (2 * crew.threads)))
        packed = crew.scratch(packedCount + cut.chunks * kernels.blockCount)
        blocks = packed + packedCount
        let product = ls_product(
            rows: 0, columns: width, depth: depth, a: columns, b: columns, bias: nil, adds: false, c: packed, c_stride: width, start: 0,
            column_sums: nil)
        pack(product, isRows: false, panels: panels, to: packed, on: crew)
    }

    /// c, or with `adds` c added to, from a times the kernel, for a group's rows of a `[batch, depth]` and c `[batch, width]`.
    func multiply(_ a: UnsafeMutablePointer<Float>, _ group: Group, adds: Bool, into c: UnsafeMutablePointer<Float>) {
        let product = ls_product(
            rows: batch, columns: width, depth: depth, a: ls_operand(data: a, row_stride: depth, column_stride: 1, patches: nil),
            b: columns,
            bias: nil, adds: adds, c: c, c_stride: width, start: 0, column_sums: nil)
        // Groups of one chunk are one thread's, so they may share a block.
        kernels.multiplyRows(product, group.panels, packed: packed, columnPanels: panels, block: block(of: group))
    }

    private func block(of group: Group) -> UnsafeMutablePointer<Float> {
        blocks + cut.chunk(of: group.panels.lowerBound) * kernels.blockCount
    }

    /// Runs a body for the groups of a chunk: as many rows as stay in the second-level cache with their gates.
    func eachGroup(of chunk: Int, _ body: (Group) -> Void) {
        let rows = 48
        let size = max(1, rows / kernels.tile_rows)
        for first in stride(from: cut[chunk].lowerBound, to: cut[chunk].upperBound, by: size) {
            let last = min(first + size, cut[chunk].upperBound)
            body(Group(panels: first..<last, rows: first * kernels.tile_rows..<min(last * kernels.tile_rows, batch)))
        }
    }
}
