import CKernels

/// The recurrent part of an LSTM over all steps of time. Tensors have time in front: `[time, batch, …]`.
///
/// A row of the batch meets no other on its way through time, so a thread takes a group of rows through all steps without waiting for
/// anybody, and the group's part of every tensor stays in its cache.
package struct Recurrence {
    let lstm: ls_lstm
    let time, batch, units: Int

    package init(
        time: Int, batch: Int, units: Int, activation: ActivationFunction, recurrentActivation: ActivationFunction
    ) {
        lstm = ls_lstm(units: units, activation: activation.elementKernel.0, recurrent_activation: recurrentActivation.elementKernel.0)
        (self.time, self.batch, self.units) = (time, batch, units)
    }

    /// From `gates`, which hold `x·W + b`, and the recurrent kernel U `[units, 4·units]`: the gates' values in their place, c and h.
    package func forward(gates: Tensor, kernel: Tensor, c: Tensor, h: Tensor, on crew: Crew) {
        let columns = ls_operand(data: kernel.pointer, row_stride: 4 * units, column_stride: 1, patches: nil)
        check(gates: gates, kernel: kernel, c: c, h: h)
        run(columns, width: 4 * units, depth: units, on: crew) { packed, panels, blocks, cut in
            ForwardRows(
                recurrence: self, kernels: crew.kernels, gates: gates.pointer, c: c.pointer, h: h.pointer, columns: columns,
                packed: packed, columnPanels: panels, blocks: blocks, cut: cut)
        }
    }

    /// Turns the gates' values into the gradients in front of them, dz.
    ///
    /// - Parameters:
    ///   - dy: the gradient of h: of all steps, `[batch, time, units]`, or of the last, `[batch, units]`.
    ///   - dh: `[batch, units]`, for what comes from the step behind.
    ///   - dc: likewise.
    package func backward(gates: Tensor, kernel: Tensor, c: Tensor, dy: Tensor, dh: Tensor, dc: Tensor, on crew: Crew) {
        check(gates: gates, kernel: kernel, c: c, h: c)
        precondition(dh.count == batch * units && dc.count == dh.count, "gradients of \(dh.shape)")
        precondition(dy.count == dh.count || dy.count == time * dh.count, "a gradient of \(dy.shape)")
        let columns = ls_operand(data: kernel.pointer, row_stride: 1, column_stride: 4 * units, patches: nil)
        run(columns, width: units, depth: 4 * units, on: crew) { packed, panels, blocks, cut in
            BackwardRows(
                recurrence: self, kernels: crew.kernels, gates: gates.pointer, c: c.pointer, dy: dy.pointer,
                hasAllSteps: dy.count == time * dh.count, dh: dh.pointer, dc: dc.pointer, columns: columns, packed: packed,
                columnPanels: panels, blocks: blocks, cut: cut)
        }
    }

    /// The gradient of the recurrent kernel: the sum over the steps behind the first of `h beforeᵀ·dz`.
    package func kernelGradient(h: Tensor, dz: Tensor, into gradient: Tensor, on crew: Crew) {
        precondition(gradient.count == 4 * units * units, "the gradient of a recurrent kernel into \(gradient.shape)")
        let steps = max(time - 1, 0)
        let product = ls_product(
            rows: units, columns: 4 * units, depth: steps * batch,
            a: ls_operand(data: h.pointer, row_stride: 1, column_stride: units, patches: nil),
            b: ls_operand(data: dz.pointer + min(time, 1) * batch * 4 * units, row_stride: 4 * units, column_stride: 1, patches: nil),
            bias: nil, adds: false, c: gradient.pointer, c_stride: 4 * units, start: 0, column_sums: nil)
        multiply(product, on: crew)
    }

    private func check(gates: Tensor, kernel: Tensor, c: Tensor, h: Tensor) {
        precondition(
            gates.count == 4 * c.count && c.count == time * batch * units && h.count == c.count && kernel.count == 4 * units * units,
            "a recurrence over \(gates.shape) with \(kernel.shape)")
    }

    /// Packs the recurrent kernel once, then runs the work over groups of rows.
    private func run<Work: ChunkedWork>(
        _ columns: ls_operand, width: Int, depth: Int, on crew: Crew,
        _ work: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Cut) -> Work
    ) {
        let kernels = crew.kernels
        let panels = (width + kernels.tile_columns - 1) / kernels.tile_columns
        let packedCount = FloatBuffer.aligned(panels * kernels.tile_columns * depth)
        let rowPanels = (batch + kernels.tile_rows - 1) / kernels.tile_rows
        // Two groups a thread: each streams the whole kernel through its cache once a step.
        let cut = crew.cut(rowPanels, grain: max(1, rowPanels / (2 * crew.threads)))
        let scratch = crew.scratch(packedCount + cut.chunks * kernels.blockCount)
        let product = ls_product(
            rows: 0, columns: width, depth: depth, a: columns, b: columns, bias: nil, adds: false, c: scratch, c_stride: width, start: 0,
            column_sums: nil)
        pack(product, isRows: false, panels: panels, to: scratch, on: crew)
        crew.perform(work(scratch, panels, scratch + packedCount, cut), chunks: cut.chunks)
    }
}

/// Rows that stay in the second-level cache with their gates.
private let groupRows = 48

/// Takes groups of rows forward through time.
private struct ForwardRows: ChunkedWork {
    let recurrence: Recurrence
    let kernels: ls_kernels
    let gates, c, h: UnsafeMutablePointer<Float>
    let columns: ls_operand
    let packed: UnsafePointer<Float>
    let columnPanels: Int
    let blocks: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let block = blocks + chunk * kernels.blockCount
        recurrence.eachGroup(of: cut[chunk], tile: kernels.tile_rows) { panels, rows in
            let (batch, units) = (recurrence.batch, recurrence.units)
            for step in 0..<recurrence.time {
                let first = step * batch
                if step > 0 {
                    let before = ls_operand(data: h + (first - batch) * units, row_stride: units, column_stride: 1, patches: nil)
                    let product = ls_product(
                        rows: batch, columns: 4 * units, depth: units, a: before, b: columns, bias: nil, adds: true,
                        c: gates + first * 4 * units, c_stride: 4 * units, start: 0, column_sums: nil)
                    kernels.multiplyRows(product, panels, packed: packed, columnPanels: columnPanels, block: block)
                }
                let row = first + rows.lowerBound
                kernels.lstm_forward(
                    recurrence.lstm, rows.count, gates + row * 4 * units, step > 0 ? c + (row - batch) * units : nil, c + row * units,
                    h + row * units)
            }
        }
    }
}

/// Takes groups of rows backward through time.
private struct BackwardRows: ChunkedWork {
    let recurrence: Recurrence
    let kernels: ls_kernels
    let gates, c, dy: UnsafeMutablePointer<Float>
    let hasAllSteps: Bool
    let dh, dc: UnsafeMutablePointer<Float>
    let columns: ls_operand
    let packed: UnsafePointer<Float>
    let columnPanels: Int
    let blocks: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let block = blocks + chunk * kernels.blockCount
        recurrence.eachGroup(of: cut[chunk], tile: kernels.tile_rows) { panels, rows in
            let (batch, units) = (recurrence.batch, recurrence.units)
            (dc + rows.lowerBound * units).update(repeating: 0, count: rows.count * units)
            for step in (0..<recurrence.time).reversed() {
                let isLast = step == recurrence.time - 1
                take(step, rows, isLast: isLast)
                if !isLast {
                    let behind = ls_operand(
                        data: gates + (step + 1) * batch * 4 * units, row_stride: 4 * units, column_stride: 1, patches: nil)
                    let product = ls_product(
                        rows: batch, columns: units, depth: 4 * units, a: behind, b: columns, bias: nil, adds: hasAllSteps, c: dh,
                        c_stride: units, start: 0, column_sums: nil)
                    kernels.multiplyRows(product, panels, packed: packed, columnPanels: columnPanels, block: block)
                }
                let row = step * batch + rows.lowerBound
                kernels.lstm_backward(
                    recurrence.lstm, rows.count, gates + row * 4 * units, step > 0 ? c + (row - batch) * units : nil, c + row * units,
                    dh + rows.lowerBound * units, dc + rows.lowerBound * units)
            }
        }
    }

    /// Puts dy of a step, where there is one, into dh.
    private func take(_ step: Int, _ rows: Range<Int>, isLast: Bool) {
        guard hasAllSteps || isLast else { return }
        let (units, steps) = (recurrence.units, hasAllSteps ? recurrence.time : 1)
        for row in rows {
            (dh + row * units).update(from: dy + (row * steps + (hasAllSteps ? step : 0)) * units, count: units)
        }
    }
}

extension Recurrence {
    /// Runs a body for groups of the rows in a range of panels.
    fileprivate func eachGroup(of range: Range<Int>, tile: Int, _ body: (_ panels: Range<Int>, _ rows: Range<Int>) -> Void) {
        let size = max(1, groupRows / tile)
        for first in stride(from: range.lowerBound, to: range.upperBound, by: size) {
            let last = min(first + size, range.upperBound)
            body(first..<last, first * tile..<min(last * tile, batch))
        }
    }
}

/// Exchanges the first two dimensions: x `[a, b, …]` into `[b, a, …]`.
///
/// - Parameters:
///   - reversed: count b from its end.
///   - undoing: the reverse of what this does, from `[b, a, …]` into `[a, b, …]`.
package func exchangeAxes(_ x: Tensor, _ a: Int, _ b: Int, reversed: Bool = false, undoing: Bool = false, into out: Tensor) {
    let width = x.count / max(a * b, 1)
    precondition(x.count == out.count && x.count == a * b * width, "axes of \(x.shape) into \(out.shape)")
    for second in 0..<b {
        let place = reversed ? b - 1 - second : second
        for first in 0..<a {
            let (here, there) = ((first * b + place) * width, (second * a + first) * width)
            (out.pointer + (undoing ? here : there)).update(from: x.pointer + (undoing ? there : here), count: width)
        }
    }
}
