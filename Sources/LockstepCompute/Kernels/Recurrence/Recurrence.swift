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
    ///
    /// - Parameter start: h and c before the first step, each `[batch, units]`; nil: zero.
    package func forward(
        gates: Tensor, kernel: Tensor, c: Tensor, h: Tensor, mask: StepMask? = nil,
        start: (h: Tensor, c: Tensor)? = nil, on crew: Crew
    ) {
        check(gates: gates, kernel: kernel, c: c, h: h)
        if let start {
            precondition(
                start.h.count == batch * units && start.c.count == batch * units, "states of \(start.h.shape)")
        }
        mask?.check(rows: batch, time: time)
        let matrix = RecurrentKernel.Matrix(count: 4 * units, of: kernel.pointer, stride: 4 * units, rows: units)
        let work = ForwardRows(
            recurrence: self, kernel: RecurrentKernel(matrix, rows: batch, bounds: sums.bounds, on: crew),
            gates: gates.pointer, c: c.pointer, h: h.pointer, mask: mask, startH: start?.h.pointer,
            startC: start?.c.pointer)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    /// Overwrites the gates' values with dz, the gradients before the gates' activations.
    ///
    /// - Parameters:
    ///   - dy: the gradient of h: of all steps, `[batch, time, units]`, or of the last, `[batch, units]`; nil: zero.
    ///   - hasAllSteps: whether h of all steps has a gradient.
    ///   - dh: scratch `[batch, units]` for the gradient of h that comes from the next step.
    ///   - dc: the same for c. It begins with the gradient of c after the last step.
    ///   - start: h and c before the first step, as in forward. Their gradients are `dh` and `dc` afterwards.
    ///   - kept: scratch of the same shape for gradients that pass through masked steps; nil without a mask.
    package func backward(
        gates: Tensor, kernel: Tensor, c: Tensor, dy: Tensor?, hasAllSteps: Bool, dh: Tensor, dc: Tensor,
        mask: StepMask? = nil, kept: Tensor? = nil, start: (h: Tensor, c: Tensor)? = nil, on crew: Crew
    ) {
        check(gates: gates, kernel: kernel, c: c, h: c)
        precondition(dh.count == batch * units && dc.count == dh.count, "gradients of \(dh.shape)")
        precondition(
            (dy?.count ?? dh.count * (hasAllSteps ? time : 1)) == dh.count * (hasAllSteps ? time : 1),
            "a gradient of \(String(describing: dy?.shape))")
        precondition((kept?.count ?? 0) == (mask == nil ? 0 : dh.count), "room of \(String(describing: kept?.shape))")
        let matrix = RecurrentKernel.Matrix(
            count: 4 * units, of: kernel.pointer, stride: 4 * units, rows: units, isTransposed: true)
        let work = BackwardRows(
            recurrence: self, kernel: RecurrentKernel(matrix, rows: batch, bounds: sums.bounds, on: crew),
            gates: gates.pointer, c: c.pointer, dy: dy?.pointer, hasAllSteps: hasAllSteps, dh: dh.pointer,
            dc: dc.pointer, mask: mask, kept: kept?.pointer, startC: start?.c.pointer)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    /// The gradient of the recurrent kernel: the sum of `h beforeᵀ·dz` over all steps, but the first only with a start.
    ///
    /// - Parameters:
    ///   - start: h before the first step; nil: zero.
    ///   - gradients: one for each part of the sums over rows.
    package func kernelGradient(h: Tensor, start: Tensor? = nil, dz: Tensor, into gradients: [Tensor], on crew: Crew) {
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
                guard let start, time > 0 else { return }
                let firstStep = ls_product(
                    rows: units, columns: width, depth: rows,
                    a: ls_operand(
                        data: start.pointer + part.bounds[leaf] * units, row_stride: 1, column_stride: units,
                        patches: nil),
                    b: ls_operand(data: dz.pointer + first * width, row_stride: width, column_stride: 1, patches: nil),
                    bias: nil, adds: true, c: place, c_stride: width, start: 0, column_sums: nil)
                multiply(firstStep, on: crew)
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
    /// h and c before the first step, row by row of the batch.
    let startH, startC: UnsafeMutablePointer<Float>?

    func run(chunk: Int) {
        kernel.eachGroup(of: chunk) { group in
            for step in 0..<recurrence.time { run(step, group) }
        }
    }

    private func run(_ step: Int, _ group: RecurrentKernel.Group) {
        let (time, units) = (recurrence.time, recurrence.units)
        let first = group.place(step, of: time)
        let before = group.state(h, start: startH, before: step, of: time, units: units)
        let carried = group.state(c, start: startC, before: step, of: time, units: units)
        if let before { kernel.multiply(before, group, adds: true, into: gates + first * 4 * units) }
        if let mask {
            for row in group.rows {
                run(
                    first + row, before: before.map { $0 + row * units }, carried: carried.map { $0 + row * units },
                    isHidden: mask.hides(group.first + row, step))
            }
            return
        }
        let (row, skipped) = (first + group.rows.lowerBound, group.rows.lowerBound * units)
        kernel.kernels.lstm_forward(
            recurrence.lstm, group.rows.count, gates + row * 4 * units, carried.map { $0 + skipped }, c + row * units,
            h + row * units)
    }

    /// One row of a step where steps are masked.
    private func run(
        _ row: Int, before: UnsafeMutablePointer<Float>?, carried: UnsafeMutablePointer<Float>?, isHidden: Bool
    ) {
        let units = recurrence.units
        if !isHidden {
            kernel.kernels.lstm_forward(
                recurrence.lstm, 1, gates + row * 4 * units, carried, c + row * units, h + row * units)
        } else if let before, let carried {
            (h + row * units).update(from: before, count: units)
            (c + row * units).update(from: carried, count: units)
        } else {
            for state in [c, h] { (state + row * units).update(repeating: 0, count: units) }
        }
    }
}

/// Takes groups of rows backward through time.
private struct BackwardRows: ChunkedWork {
    let recurrence: Recurrence
    let kernel: RecurrentKernel
    let gates, c: UnsafeMutablePointer<Float>
    let dy: UnsafeMutablePointer<Float>?
    let hasAllSteps: Bool
    let dh, dc: UnsafeMutablePointer<Float>
    let mask: StepMask?
    let kept: UnsafeMutablePointer<Float>?
    /// c before the first step, row by row of the batch.
    let startC: UnsafeMutablePointer<Float>?

    func run(chunk: Int) {
        kernel.eachGroup(of: chunk) { group in
            for step in (0..<recurrence.time).reversed() { run(step, group) }
            if startC != nil, recurrence.time > 0 { reachStart(group) }
        }
    }

    private func run(_ step: Int, _ group: RecurrentKernel.Group) {
        let (time, units) = (recurrence.time, recurrence.units)
        let rows = group.first + group.rows.lowerBound..<group.first + group.rows.upperBound
        take(step, rows, isLast: step == time - 1)
        if step < time - 1 {
            let behind = gates + group.place(step + 1, of: time) * 4 * units
            kernel.multiply(behind, group, adds: hasAllSteps, into: dh + group.first * units)
        }
        if let mask, let kept {
            for row in group.rows { run(step, row, group, mask, kept) }
            return
        }
        let row = group.place(step, of: time) + group.rows.lowerBound
        let carried = group.state(c, start: startC, before: step, of: time, units: units)
        let skipped = group.rows.lowerBound * units
        kernel.kernels.lstm_backward(
            recurrence.lstm, rows.count, gates + row * 4 * units, carried.map { $0 + skipped }, c + row * units,
            dh + rows.lowerBound * units, dc + rows.lowerBound * units)
    }

    /// Computes the gradient of h before the first step.
    private func reachStart(_ group: RecurrentKernel.Group) {
        let units = recurrence.units
        let dz = gates + group.place(0, of: recurrence.time) * 4 * units
        kernel.multiply(dz, group, adds: false, into: dh + group.first * units)
        guard let kept else { return }
        for row in group.rows {
            let d = dh + (group.first + row) * units
            kernel.kernels.add(units, d, kept + (group.first + row) * units, d)
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
            let carried = group.state(c, start: startC, before: step, of: recurrence.time, units: units)
            let skipped = (row - group.first) * units
            kernel.kernels.lstm_backward(
                recurrence.lstm, 1, dz, carried.map { $0 + skipped }, c + place * units, d, dc + row * units)
        }
    }

    /// Copies dy of a step, if there is one, to dh.
    private func take(_ step: Int, _ rows: Range<Int>, isLast: Bool) {
        guard hasAllSteps || isLast else { return }
        let (units, steps) = (recurrence.units, hasAllSteps ? recurrence.time : 1)
        guard let dy else {
            return (dh + rows.lowerBound * units).update(repeating: 0, count: rows.count * units)
        }
        for row in rows {
            (dh + row * units).update(from: dy + (row * steps + (hasAllSteps ? step : 0)) * units, count: units)
        }
    }
}

extension RecurrentKernel.Group {
    /// A state of the micro-shard's rows before a step.
    ///
    /// - Parameters:
    ///   - state: of all steps.
    ///   - start: before the first step, row by row of the batch; nil: zero.
    fileprivate func state(
        _ state: UnsafeMutablePointer<Float>, start: UnsafeMutablePointer<Float>?, before step: Int, of time: Int,
        units: Int
    ) -> UnsafeMutablePointer<Float>? {
        if step > 0 { return state + place(step - 1, of: time) * units }
        guard let start else { return nil }
        return start + first * units
    }
}
