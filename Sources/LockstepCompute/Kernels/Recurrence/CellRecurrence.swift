import CKernels

/// The recurrent part of a layer over all steps of time, for any cell.
///
/// Tensors are `[rows, time, …]` like the layer's input, so products over rows sum them like any other tensor. With
/// n = gates · units:
///
/// - `gates` `[rows, time, n]` holds x·W + b.
/// - `before` `[rows, time, units]` holds h before each step.
/// - `product` holds h·U + c, `[rows, time, n]`, if the cell keeps that. If the cell resets before the product, it
///   holds r·h, `[rows, time, units]`. Otherwise it is the gates.
///
/// A thread takes a group of rows through all steps. A masked step keeps h: its output is the h before it, and its
/// gradient passes through to that h.
package struct CellRecurrence {
    let cell: CellFunction
    let time, units: Int
    private let goesBackwards: Bool

    package init(_ cell: CellFunction, time: Int, units: Int, goesBackwards: Bool) {
        (self.cell, self.time, self.units, self.goesBackwards) = (cell, time, units, goesBackwards)
    }

    var width: Int { cell.gateCount * units }
    /// The place of a step in the sequence.
    func place(_ step: Int) -> Int { goesBackwards ? time - 1 - step : step }

    /// Turns the gates into their values, and fills `before`, `product` and the output.
    ///
    /// - Parameters:
    ///   - kernel: U, `[units, n]`.
    ///   - bias: c, if the cell keeps the product. Its elements lie after the n elements of b.
    ///   - mask: of the steps; nil: no step is masked.
    ///   - start: h before the first step, `[rows, units]`; nil: zero.
    ///   - output: h of all steps, `[rows, time, units]`, or of the last, `[rows, units]`.
    package func forward(
        gates: Tensor, product: Tensor, before: Tensor, kernel: Tensor, bias: Tensor?, mask: StepMask?, start: Tensor?,
        output: Tensor, on crew: Crew
    ) {
        let rows = gates.rowCount
        check(rows, gates: gates, product: product, before: before, kernel: kernel)
        mask?.check(rows: rows, time: time)
        precondition(
            output.count == rows * units || output.count == rows * time * units, "h of all steps into \(output.shape)")
        precondition(
            (bias?.count ?? 2 * width) == 2 * width,
            "biases of \(width) columns, received: \(String(describing: bias?.shape))")
        precondition((start?.count ?? rows * units) == rows * units, "h of \(String(describing: start?.shape))")
        guard time > 0 else { return output.fill(0) }
        let work = CellForward(
            recurrence: self, kernel: packed(kernel, isTransposed: false, rows: rows, on: crew), gates: gates.pointer,
            product: product.pointer, before: before.pointer, bias: (bias?.pointer).map { $0 + width }, mask: mask,
            start: start?.pointer, output: output.pointer, hasAllSteps: output.shape.rank == 3)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    /// Turns the gates' values, and the product, into gradients.
    ///
    /// - Parameters:
    ///   - mask: of the steps, as in forward.
    ///   - dy: the output's gradient.
    ///   - dh: scratch `[rows, units]` for the gradient that comes from the next step.
    ///   - reachesStart: whether `dh` is needed afterwards, as the gradient of h before the first step.
    ///   - room: scratch `[rows, 2 · units]` if the cell resets before the product; otherwise nil.
    package func backward(
        gates: Tensor, product: Tensor, before: Tensor, kernel: Tensor, mask: StepMask?, dy: Tensor, dh: Tensor,
        reachesStart: Bool, room: Tensor?, on crew: Crew
    ) {
        let rows = gates.rowCount
        check(rows, gates: gates, product: product, before: before, kernel: kernel)
        precondition(
            dh.count == rows * units && (dy.count == dh.count || dy.count == time * dh.count),
            "a gradient of \(dy.shape)")
        precondition(
            (room?.count ?? 0) == (cell.resetsBefore ? 2 * dh.count : 0), "room of \(String(describing: room?.shape))")
        let work = CellBackward(
            recurrence: self, kernel: packed(kernel, isTransposed: true, rows: rows, on: crew), gates: gates.pointer,
            product: product.pointer, before: before.pointer, mask: mask, dy: dy.pointer, dh: dh.pointer,
            reachesStart: reachesStart, room: room?.pointer,
            hasAllSteps: dy.shape.rank == 3)
        crew.perform(work, chunks: work.kernel.cut.chunks)
    }

    /// The gradient of U: `Σ hᵀ·dq` with the h before each step. For the gate that takes r·h, it is `Σ (r·h)ᵀ·dq`.
    ///
    /// - Parameters:
    ///   - dq: the gradient of h·U, after `backward`.
    ///   - gradients: one for each part of the sums over rows.
    package func kernelGradient(
        before: Tensor, product: Tensor, dq: Tensor, by sums: RowPartition, into gradients: [Tensor], on crew: Crew
    ) {
        guard cell.resetsBefore else { return rowProducts(before, dq, by: sums, into: gradients, on: crew) }
        for (part, gradient) in zip(sums.parts, gradients) {
            addLeaves(part.leaves, count: units * width, into: gradient.pointer, on: crew) { leaf, place in
                let (first, steps) = (part.bounds[leaf] * time, (part.bounds[leaf + 1] - part.bounds[leaf]) * time)
                func add(_ factor: Tensor, _ columns: Range<Int>) {
                    let product = ls_product(
                        rows: units, columns: columns.count, depth: steps,
                        a: ls_operand(
                            data: factor.pointer + first * units, row_stride: 1, column_stride: units, patches: nil),
                        b: ls_operand(
                            data: dq.pointer + first * width + columns.lowerBound, row_stride: width, column_stride: 1,
                            patches: nil),
                        bias: nil, adds: false, c: place + columns.lowerBound, c_stride: width, start: 0,
                        column_sums: nil)
                    multiply(product, on: crew)
                }
                add(before, 0..<2 * units)
                add(product, 2 * units..<width)
            }
        }
    }

    /// U, packed. If the cell resets before the product, the columns of the last gate are packed apart from the others.
    private func packed(_ kernel: Tensor, isTransposed: Bool, rows: Int, on crew: Crew) -> RecurrentKernel {
        func matrix(_ columns: Range<Int>) -> RecurrentKernel.Matrix {
            RecurrentKernel.Matrix(
                columns: columns.lowerBound, count: columns.count, of: kernel.pointer, stride: width, rows: units,
                isTransposed: isTransposed)
        }
        guard cell.resetsBefore else { return RecurrentKernel(matrix(0..<width), rows: rows, on: crew) }
        return RecurrentKernel(matrix(0..<2 * units), matrix(2 * units..<width), rows: rows, on: crew)
    }

    private func check(_ rows: Int, gates: Tensor, product: Tensor, before: Tensor, kernel: Tensor) {
        precondition(
            gates.count == rows * time * width && product.count == (cell.resetsBefore ? before : gates).count
                && before.count == rows * time * units
                && kernel.count == units * width, "a recurrence over \(gates.shape) with \(kernel.shape)")
    }
}

/// Takes groups of rows forward through time.
private struct CellForward: ChunkedWork {
    let recurrence: CellRecurrence
    let kernel: RecurrentKernel
    let gates, product, before: UnsafeMutablePointer<Float>
    let bias: UnsafeMutablePointer<Float>?
    let mask: StepMask?
    let start: UnsafeMutablePointer<Float>?
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
        if step == 0, let start {
            for row in group.rows {
                (before + (row * time + place) * units).update(from: start + row * units, count: units)
            }
        }
        if step > 0 || start != nil {
            kernel.multiply(
                before + place * units, stride: time * units, group, bias: bias, adds: !cell.keepsProduct,
                into: (cell.keepsProduct ? product : gates) + place * width, stride: time * width)
        } else {
            for row in group.rows {
                begin(before + (row * time + place) * units, product + (row * time + place) * width)
            }
        }
        if cell.resetsBefore { reset(place, group) }
        for row in group.rows {
            let here = row * time + place
            let next = step + 1 < time ? before + (row * time + recurrence.place(step + 1)) * units : nil
            let out = output + (hasAllSteps ? row * time + step : row) * units
            let h = next ?? out
            cell.forward(
                kernel.kernels, units: units, gates: gates + here * width, product: product + here * width,
                before: before + here * units,
                h: h)
            if let mask, mask.hides(row, step) { h.update(from: before + here * units, count: units) }
            if hasAllSteps, next != nil { out.update(from: h, count: units) }
        }
    }

    /// Computes the rows' r·h, and adds its product with the last gate's U to that gate.
    private func reset(_ place: Int, _ group: RecurrentKernel.Group) {
        let (time, units, width) = (recurrence.time, recurrence.units, recurrence.width)
        for row in group.rows {
            let here = row * time + place
            recurrence.cell.reset(
                kernel.kernels, units: units, gates: gates + here * width, before: before + here * units,
                into: product + here * units)
        }
        kernel.multiply(
            usesSecond: true, product + place * units, stride: time * units, group, adds: true,
            into: gates + place * width + 2 * units,
            stride: time * width)
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
    let gates, product, before: UnsafeMutablePointer<Float>
    let mask: StepMask?
    let dy, dh: UnsafeMutablePointer<Float>
    let reachesStart: Bool
    let room: UnsafeMutablePointer<Float>?
    let hasAllSteps: Bool

    func run(chunk: Int) {
        let (cell, time, units, width) = (recurrence.cell, recurrence.time, recurrence.units, recurrence.width)
        let dq = cell.keepsProduct ? product : gates
        kernel.eachGroup(of: chunk) { group in
            (dh + group.rows.lowerBound * units).update(repeating: 0, count: group.rows.count * units)
            for step in (0..<time).reversed() {
                let (isLast, place) = (step == time - 1, recurrence.place(step))
                if !isLast { addProduct(step + 1, group, dq) }
                for row in group.rows {
                    let (here, d) = (row * time + place, dh + row * units)
                    let isHidden = mask?.hides(row, step) ?? false
                    if isHidden {
                        (gates + here * width).update(repeating: 0, count: width)
                        if cell.keepsProduct { (product + here * width).update(repeating: 0, count: width) }
                    }
                    if hasAllSteps || isLast {
                        kernel.kernels.add(units, d, dy + (hasAllSteps ? row * time + step : row) * units, d)
                    }
                    if isHidden { continue }
                    cell.backward(
                        kernel.kernels, units: units, gates: gates + here * width,
                        product: room.map { $0 + 2 * row * units } ?? product + here * width,
                        before: before + here * units, dh: d)
                }
                if let room { reset(step, group, room) }
            }
            if reachesStart, time > 0 { addProduct(0, group, dq) }
        }
    }

    /// Adds the gradient of h before a step that comes through the product.
    private func addProduct(_ step: Int, _ group: RecurrentKernel.Group, _ dq: UnsafeMutablePointer<Float>) {
        let width = recurrence.width
        kernel.multiply(
            dq + recurrence.place(step) * width, stride: recurrence.time * width, group, adds: true, into: dh,
            stride: recurrence.units)
    }

    /// Takes the gradient of the last gate back through its product.
    private func reset(_ step: Int, _ group: RecurrentKernel.Group, _ room: UnsafeMutablePointer<Float>) {
        let (time, units, width) = (recurrence.time, recurrence.units, recurrence.width)
        let place = recurrence.place(step)
        kernel.multiply(
            usesSecond: true, gates + place * width + 2 * units, stride: time * width, group, adds: false, into: room,
            stride: 2 * units)
        for row in group.rows where !(mask?.hides(row, step) ?? false) {
            let here = row * time + place
            recurrence.cell.resetBackward(
                kernel.kernels, units: units, gates: gates + here * width, product: room + 2 * row * units,
                before: before + here * units, dh: dh + row * units)
        }
    }
}
