import CKernels

/// The recurrent part of a layer over all steps of time, for any cell.
///
/// Tensors are `[rows, time, …]` as the layer's input is, so products over rows sum them as any other. With n = gates · units, `gates`
/// `[rows, time, n]` holds x·W + b, `before` `[rows, time, units]` h in front of each step, and `product` `[rows, time, n]` h·U + c where
/// the cell keeps that; else it is the gates. A thread takes a group of rows through all steps.
package struct CellRecurrence {
    let cell: RecurrentCell
    let time, units: Int
    private let goesBackwards: Bool

    package init(_ cell: RecurrentCell, time: Int, units: Int, goesBackwards: Bool) {
        (self.cell, self.time, self.units, self.goesBackwards) = (cell, time, units, goesBackwards)
    }

    var width: Int { cell.gateCount * units }
    /// The place in the sequence of a step.
    func place(_ step: Int) -> Int { goesBackwards ? time - 1 - step : step }

    /// Turns the gates into their values, and fills `before`, `product` and the output.
    ///
    /// - Parameters:
    ///   - kernel: U, `[units, n]`.
    ///   - bias: c, where the cell keeps the product; its elements lie behind the n of b.
    ///   - output: h of all steps, `[rows, time, units]`, or of the last, `[rows, units]`.
    package func forward(
        gates: Tensor, product: Tensor, before: Tensor, kernel: Tensor, bias: Tensor?, output: Tensor, on crew: Crew
    ) {
        let rows = gates.rowCount
        check(rows, gates: gates, product: product, before: before, kernel: kernel)
        precondition(output.count == rows * units || output.count == rows * time * units, "h of all steps into \(output.shape)")
        precondition((bias?.count ?? 2 * width) == 2 * width, "biases of \(width) columns, received: \(String(describing: bias?.shape))")
        guard time > 0 else { return output.fill(0) }
        let columns = ls_operand(data: kernel.pointer, row_stride: width, column_stride: 1, patches: nil)
        let work = CellForward(
            recurrence: self, kernel: RecurrentKernel(columns, width: width, depth: units, rows: rows, on: crew), gates: gates.pointer,
            product: product.pointer, before: before.pointer, bias: (bias?.pointer).map { $0 + width }, output: output.pointer,
            hasAllSteps: output.shape.rank == 3)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    /// Turns the gates' values, and the product, into gradients.
    ///
    /// - Parameters:
    ///   - dy: the output's gradient.
    ///   - dh: `[rows, units]`, for what comes from the step behind.
    package func backward(
        gates: Tensor, product: Tensor, before: Tensor, kernel: Tensor, dy: Tensor, dh: Tensor, on crew: Crew
    ) {
        let rows = gates.rowCount
        check(rows, gates: gates, product: product, before: before, kernel: kernel)
        precondition(dh.count == rows * units && (dy.count == dh.count || dy.count == time * dh.count), "a gradient of \(dy.shape)")
        let columns = ls_operand(data: kernel.pointer, row_stride: 1, column_stride: width, patches: nil)
        let work = CellBackward(
            recurrence: self, kernel: RecurrentKernel(columns, width: units, depth: width, rows: rows, on: crew), gates: gates.pointer,
            product: product.pointer, before: before.pointer, dy: dy.pointer, dh: dh.pointer, hasAllSteps: dy.shape.rank == 3)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    private func check(_ rows: Int, gates: Tensor, product: Tensor, before: Tensor, kernel: Tensor) {
        precondition(
            gates.count == rows * time * width && product.count == gates.count && before.count == rows * time * units
                && kernel.count == units * width, "a recurrence over \(gates.shape) with \(kernel.shape)")
    }
}

/// Takes groups of rows forward through time.
private struct CellForward: ChunkedWork {
    let recurrence: CellRecurrence
    let kernel: RecurrentKernel
    let gates, product, before: UnsafeMutablePointer<Float>
    let bias: UnsafeMutablePointer<Float>?
    let output: UnsafeMutablePointer<Float>
    let hasAllSteps: Bool

    func run(chunk: Int) {
        kernel.eachGroup(of: chunk) { group in
            for step in 0..<recurrence.time { run(step, group) }
        }
    }

    private func run(_ step: Int, _ group: RecurrentKernel.Group) {
        let (cell, time, units, width) = (recurrence.cell, recurrence.time, recurrence.units, recurrence.width)
        let place = recurrence.place(step)
        if step > 0 {
            kernel.multiply(
                before + place * units, stride: time * units, group, bias: bias, adds: !cell.keepsProduct,
                into: product + place * width, stride: time * width)
        }
        for row in group.rows {
            let here = row * time + place
            if step == 0 { begin(before + here * units, product + here * width) }
            let next = step + 1 < time ? before + (row * time + recurrence.place(step + 1)) * units : nil
            let out = output + (hasAllSteps ? row * time + step : row) * units
            let h = next ?? out
            cell.forward(
                kernel.kernels, units: units, gates: gates + here * width, product: product + here * width, before: before + here * units,
                h: h)
            if hasAllSteps, next != nil { out.update(from: h, count: units) }
        }
    }

    /// Before the first step h is zero.
    private func begin(_ before: UnsafeMutablePointer<Float>, _ product: UnsafeMutablePointer<Float>) {
        before.update(repeating: 0, count: recurrence.units)
        guard recurrence.cell.keepsProduct else { return }
        if let bias {
            product.update(from: bias, count: recurrence.width)
        } else {
            product.update(repeating: 0, count: recurrence.width)
        }
    }
}

/// Takes groups of rows backward through time.
private struct CellBackward: ChunkedWork {
    let recurrence: CellRecurrence
    let kernel: RecurrentKernel
    let gates, product, before, dy, dh: UnsafeMutablePointer<Float>
    let hasAllSteps: Bool

    func run(chunk: Int) {
        let (cell, time, units, width) = (recurrence.cell, recurrence.time, recurrence.units, recurrence.width)
        kernel.eachGroup(of: chunk) { group in
            (dh + group.rows.lowerBound * units).update(repeating: 0, count: group.rows.count * units)
            for step in (0..<time).reversed() {
                let isLast = step == time - 1
                if !isLast {
                    kernel.multiply(
                        product + recurrence.place(step + 1) * width, stride: time * width, group, adds: true, into: dh, stride: units)
                }
                for row in group.rows {
                    let (here, d) = (row * time + recurrence.place(step), dh + row * units)
                    if hasAllSteps || isLast {
                        kernel.kernels.add(units, d, dy + (hasAllSteps ? row * time + step : row) * units, d)
                    }
                    cell.backward(
                        kernel.kernels, units: units, gates: gates + here * width, product: product + here * width,
                        before: before + here * units, dh: d)
                }
            }
        }
    }
}
