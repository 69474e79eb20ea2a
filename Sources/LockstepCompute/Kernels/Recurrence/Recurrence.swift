import CKernels

/// The recurrent part of an LSTM over all steps of time.
///
/// In tensors, each micro-shard is `[time, rows, …]`, and the micro-shards lie one after another. A masked step keeps h
/// and c, and their gradients pass through it to the h and c before it.
package struct Recurrence {
    let lstm: ls_lstm
    let time, batch, units: Int
    private let sums: RowPartition

    package init(
        time: Int, sums: RowPartition, units: Int, activation: ActivationFunction,
        recurrentActivation: ActivationFunction
    ) {
        lstm = ls_lstm(
            units: units, activation: activation.elementKernel.0,
            recurrent_activation: recurrentActivation.elementKernel.0)
        (self.time, self.sums, self.units) = (time, sums, units)
        batch = sums.rows
    }

    /// Computes c and h from `gates`, which hold `x·W + b`, and the recurrent kernel U `[units, 4·units]`. The gates
    /// are overwritten with their values.
    package func forward(gates: Tensor, kernel: Tensor, c: Tensor, h: Tensor, mask: StepMask? = nil, on crew: Crew) {
        check(gates: gates, kernel: kernel, c: c, h: h)
        mask?.check(rows: batch, time: time)
        let matrix = RecurrentKernel.Matrix(count: 4 * units, of: kernel.pointer, stride: 4 * units, rows: units)
        let work = ForwardRows(
            recurrence: self, kernel: RecurrentKernel(matrix, rows: batch, bounds: sums.bounds, on: crew),
            gates: gates.pointer, c: c.pointer, h: h.pointer, mask: mask)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    /// Overwrites the gates' values with dz, the gradients before the gates' activations.
    ///
    /// - Parameters:
    ///   - dy: the gradient of h: of all steps, `[batch, time, units]`, or of the last, `[batch, units]`.
    ///   - dh: scratch `[batch, units]` for the gradient of h that comes from the next step.
    ///   - dc: the same for c.
    ///   - kept: scratch of the same shape for gradients that pass through masked steps; nil without a mask.
    package func backward(
        gates: Tensor, kernel: Tensor, c: Tensor, dy: Tensor, dh: Tensor, dc: Tensor, mask: StepMask? = nil,
        kept: Tensor? = nil,
        on crew: Crew
    ) {
        check(gates: gates, kernel: kernel, c: c, h: c)
        precondition(dh.count == batch * units && dc.count == dh.count, "gradients of \(dh.shape)")
        precondition(dy.count == dh.count || dy.count == time * dh.count, "a gradient of \(dy.shape)")
        precondition((kept?.count ?? 0) == (mask == nil ? 0 : dh.count), "room of \(String(describing: kept?.shape))")
        let matrix = RecurrentKernel.Matrix(
            count: 4 * units, of: kernel.pointer, stride: 4 * units, rows: units, isTransposed: true)
        let work = BackwardRows(
            recurrence: self, kernel: RecurrentKernel(matrix, rows: batch, bounds: sums.bounds, on: crew),
            gates: gates.pointer, c: c.pointer, dy: dy.pointer, hasAllSteps: dy.count == time * dh.count,
            dh: dh.pointer, dc: dc.pointer,
            mask: mask, kept: kept?.pointer)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    /// The gradient of the recurrent kernel: the sum of `h beforeᵀ·dz` over all steps but the first.
    ///
    /// - Parameter gradients: one for each part of the sums over rows.
    package func kernelGradient(h: Tensor, dz: Tensor, into gradients: [Tensor], on crew: Crew) {
        let width = 4 * units
        for (part, gradient) in zip(sums.parts, gradients) {
            precondition(gradient.count == width * units, "the gradient of a recurrent kernel into \(gradient.shape)")
            addLeaves(part.leaves, count: width * units, into: gradient.pointer, on: crew) { leaf, place in
                let (first, rows) = (part.bounds[leaf] * time, part.bounds[leaf + 1] - part.bounds[leaf])
                let product = ls_product(
                    rows: units, columns: width, depth: max(time - 1, 0) * rows,
                    a: ls_operand(data: h.pointer + first * units, row_stride: 1, column_stride: units, patches: nil),
                    b: ls_operand(
                        data: dz.pointer + (first + min(time, 1) * rows) * width, row_stride: width, column_stride: 1,
                        patches: nil),
                    bias: nil, adds: false, c: place, c_stride: width, start: 0, column_sums: nil)
                multiply(product, on: crew)
            }
        }
    }

    /// h after the last step, row by row of the batch.
    package func last(of h: Tensor, into out: Tensor) {
        precondition(out.count == batch * units && time > 0, "the last of \(h.shape) into \(out.shape)")
        for leaf in 0..<sums.leaves {
            let (first, end) = (sums.bounds[leaf], sums.bounds[leaf + 1])
            (out.pointer + first * units).update(
                from: h.pointer + (end * time - (end - first)) * units, count: (end - first) * units)
        }
    }

    private func check(gates: Tensor, kernel: Tensor, c: Tensor, h: Tensor) {
        precondition(
            gates.count == 4 * c.count && c.count == time * batch * units && h.count == c.count
                && kernel.count == 4 * units * units,
            "a recurrence over \(gates.shape) with \(kernel.shape)")
    }
}

/// Takes groups of rows forward through time.
private struct ForwardRows: ChunkedWork {
    let recurrence: Recurrence
    let kernel: RecurrentKernel
    let gates, c, h: UnsafeMutablePointer<Float>
    let mask: StepMask?

    func run(chunk: Int) {
        let (time, units) = (recurrence.time, recurrence.units)
        kernel.eachGroup(of: chunk) { group in
            let batch = group.batch
            for step in 0..<time {
                let first = group.place(step, of: time)
                if step > 0 {
                    kernel.multiply(h + (first - batch) * units, group, adds: true, into: gates + first * 4 * units)
                }
                let row = first + group.rows.lowerBound
                if let mask {
                    for row in group.rows {
                        run(step, first + row, batch: batch, isHidden: mask.hides(group.first + row, step))
                    }
                    continue
                }
                kernel.kernels.lstm_forward(
                    recurrence.lstm, group.rows.count, gates + row * 4 * units,
                    step > 0 ? c + (row - batch) * units : nil,
                    c + row * units, h + row * units)
            }
        }
    }

    /// One row of a step where steps are masked.
    private func run(_ step: Int, _ row: Int, batch: Int, isHidden: Bool) {
        let units = recurrence.units
        let before = step > 0 ? (row - batch) * units : nil
        if !isHidden {
            kernel.kernels.lstm_forward(
                recurrence.lstm, 1, gates + row * 4 * units, before.map { c + $0 }, c + row * units, h + row * units)
        } else if let before {
            for state in [c, h] { (state + row * units).update(from: state + before, count: units) }
        } else {
            for state in [c, h] { (state + row * units).update(repeating: 0, count: units) }
        }
    }
}

/// Takes groups of rows backward through time.
private struct BackwardRows: ChunkedWork {
    let recurrence: Recurrence
    let kernel: RecurrentKernel
    let gates, c, dy: UnsafeMutablePointer<Float>
    let hasAllSteps: Bool
    let dh, dc: UnsafeMutablePointer<Float>
    let mask: StepMask?
    let kept: UnsafeMutablePointer<Float>?

    func run(chunk: Int) {
        let (time, units) = (recurrence.time, recurrence.units)
        kernel.eachGroup(of: chunk) { group in
            let batch = group.batch
            let rows = group.first + group.rows.lowerBound..<group.first + group.rows.upperBound
            (dc + rows.lowerBound * units).update(repeating: 0, count: rows.count * units)
            for step in (0..<time).reversed() {
                let isLast = step == time - 1
                take(step, rows, isLast: isLast)
                if !isLast {
                    let behind = gates + group.place(step + 1, of: time) * 4 * units
                    kernel.multiply(behind, group, adds: hasAllSteps, into: dh + group.first * units)
                }
                if let mask, let kept {
                    for row in group.rows { run(step, row, group, mask, kept) }
                    continue
                }
                let row = group.place(step, of: time) + group.rows.lowerBound
                kernel.kernels.lstm_backward(
                    recurrence.lstm, rows.count, gates + row * 4 * units, step > 0 ? c + (row - batch) * units : nil,
                    c + row * units,
                    dh + rows.lowerBound * units, dc + rows.lowerBound * units)
            }
        }
    }

    /// One row of a step where steps are masked.
    private func run(
        _ step: Int, _ row: Int, _ group: RecurrentKernel.Group, _ mask: StepMask, _ kept: UnsafeMutablePointer<Float>
    ) {
        let units = recurrence.units
        let (place, row) = (group.place(step, of: recurrence.time) + row, group.first + row)
        let (d, through, dz) = (dh + row * units, kept + row * units, gates + place * 4 * units)
        if step < recurrence.time - 1 { kernel.kernels.add(units, d, through, d) }
        if mask.hides(row, step) {
            through.update(from: d, count: units)
            dz.update(repeating: 0, count: 4 * units)
        } else {
            through.update(repeating: 0, count: units)
            kernel.kernels.lstm_backward(
                recurrence.lstm, 1, dz, step > 0 ? c + (place - group.batch) * units : nil, c + place * units, d,
                dc + row * units)
        }
    }

    /// Copies dy of a step, if there is one, to dh.
    private func take(_ step: Int, _ rows: Range<Int>, isLast: Bool) {
        guard hasAllSteps || isLast else { return }
        let (units, steps) = (recurrence.units, hasAllSteps ? recurrence.time : 1)
        for row in rows {
            (dh + row * units).update(from: dy + (row * steps + (hasAllSteps ? step : 0)) * units, count: units)
        }
    }
}
