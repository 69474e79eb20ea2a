import CKernels

/// `y = patches(x)·kernel + bias` for images x `[images, y.size, x.size, channels]`, a kernel `[y.taps, x.taps, channels, filters]` and
/// y `[images, y.positions, x.positions, filters]`: an implicit matrix product, the patches are read out of the images.
///
/// - Parameter activation: applied on the way out; not `glu`.
package func convolve(
    _ images: Tensor, _ kernel: Tensor, bias: Tensor?, activation: ActivationFunction, y: Window, x: Window, into output: Tensor,
    on crew: Crew
) {
    let (channels, filters) = (kernel.shape[2], kernel.shape[3])
    let patches = ls_patches(
        images: images.pointer, channels: channels, y: y.forward, x: x.forward, zeros: crew.zeros(channels))
    multiply(
        rows: images.rowCount * y.positions * x.positions, columns: filters, depth: y.taps * x.taps * channels,
        a: .patches(patches), b: .matrix(kernel, rowStride: filters, columnStride: 1), bias: bias, activation: activation,
        into: output, on: crew)
}

/// The gradient of the kernel, `patches(x)ᵀ·dy`, from `dy` `[images, y.positions, x.positions, filters]`.
///
/// - Parameters:
///   - scratch: as many elements as the kernel; the product is computed the other way around, since the patches are packed faster as
///     columns.
///   - sums: where to put the sums of dy over all positions, the gradient of the bias.
package func convolutionKernelGradient(
    _ images: Tensor, dy: Tensor, y: Window, x: Window, scratch: Tensor, into gradient: Tensor, sums: Tensor?, on crew: Crew
) {
    let (channels, filters) = (gradient.shape[2], gradient.shape[3])
    let taps = y.taps * x.taps * channels
    let patches = ls_patches(
        images: images.pointer, channels: channels, y: y.forward, x: x.forward, zeros: crew.zeros(channels))
    multiply(
        rows: filters, columns: taps, depth: images.rowCount * y.positions * x.positions,
        a: .matrix(dy, rowStride: 1, columnStride: filters), b: .patches(patches), into: scratch, rowSums: sums, on: crew)
    transpose(scratch, matrices: 1, rows: filters, columns: taps, into: gradient)
}

/// The gradient of the images: patches of dy times the kernel with channels and filters exchanged.
///
/// - Parameter scratch: as many elements as the kernel.
package func convolutionInputGradient(
    _ dy: Tensor, _ kernel: Tensor, y: Window, x: Window, scratch: Tensor, into dx: Tensor, on crew: Crew
) {
    let (channels, filters) = (kernel.shape[2], kernel.shape[3])
    transpose(kernel, matrices: y.taps * x.taps, rows: channels, columns: filters, into: scratch)
    let patches = ls_patches(images: dy.pointer, channels: filters, y: y.backward, x: x.backward, zeros: crew.zeros(filters))
    multiply(
        rows: dy.rowCount * y.size * x.size, columns: channels, depth: y.taps * x.taps * filters, a: .patches(patches),
        b: .matrix(scratch, rowStride: channels, columnStride: 1), into: dx, on: crew)
}

/// An operand of a product: a matrix in memory, or the patches of images.
private enum Operand {
    case matrix(Tensor, rowStride: Int, columnStride: Int)
    case patches(ls_patches)
}

private func multiply(
    rows: Int, columns: Int, depth: Int, a: Operand, b: Operand, bias: Tensor? = nil, activation: ActivationFunction = .linear,
    into c: Tensor, rowSums: Tensor? = nil, on crew: Crew
) {
    precondition(c.count == rows * columns, "a product of \(rows)×\(columns) into \(c.shape)")
    precondition((rowSums?.count ?? rows) == rows, "sums of \(rows) rows into \(String(describing: rowSums))")
    withOperand(a) { a in
        withOperand(b) { b in
            let product = ls_product(
                rows: rows, columns: columns, depth: depth, a: a, b: b, bias: bias?.pointer.asConstant, adds: false,
                c: c.pointer, c_stride: columns, start: 0, row_sums: rowSums?.pointer, column_sums: nil)
            multiply(product, finish: Finish(activation), on: crew)
        }
    }
}

private func withOperand(_ operand: Operand, _ body: (ls_operand) -> Void) {
    switch operand {
    case .matrix(let tensor, let rowStride, let columnStride):
        body(ls_operand(data: tensor.pointer, row_stride: rowStride, column_stride: columnStride, patches: nil))
    case .patches(let patches):
        withUnsafePointer(to: patches) { body(ls_operand(data: $0.pointee.images, row_stride: 0, column_stride: 0, patches: $0)) }
    }
}

/// Each of some matrices with rows and columns exchanged.
private func transpose(_ from: Tensor, matrices: Int, rows: Int, columns: Int, into to: Tensor) {
    precondition(from.count == matrices * rows * columns && to.count == from.count, "transpose \(from.shape) into \(to.shape)")
    for matrix in 0..<matrices {
        let (source, target) = (from.pointer + matrix * rows * columns, to.pointer + matrix * rows * columns)
        for row in 0..<rows {
            for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
        }
    }
}
