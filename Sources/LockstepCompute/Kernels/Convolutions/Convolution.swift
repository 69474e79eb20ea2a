import CKernels

/// `y = patches(x)·kernel + bias` for images x `[images, y.size, x.size, channels]`, a kernel
/// `[y.taps, x.taps, channels, filters]` and y `[images, y.positions, x.positions, filters]`. It is an implicit matrix
/// product: the patches are read from the images.
///
/// A sequence `[time, channels]` is an image of one row, and its kernel `[x.taps, channels, filters]` has one row of
/// taps.
///
/// - Parameters:
///   - normalized: for each filter a factor of the output and what is added to it then. The activation behind them is
///     a function of an element.
///   - activation: applied to the output; not `glu`.
package func convolve(
    _ images: Tensor, _ kernel: Tensor, bias: Tensor?, normalized: (factors: Tensor, offsets: Tensor)? = nil,
    activation: ActivationFunction, y: Window, x: Window, into output: Tensor, on crew: Crew
) {
    let (channels, filters) = lastTwo(kernel.shape)
    let patches = ls_patches(
        images: images.pointer, channels: channels, y: y.forward, x: x.forward, zeros: crew.zeros(channels))
    withUnsafePointer(to: patches) { patches in
        let product = product(
            rows: images.rowCount * y.positions * x.positions, columns: filters, depth: y.taps * x.taps * channels,
            patches: patches,
            b: kernel, bias: bias, into: output)
        multiply(product, epilogue: Epilogue(activation, normalized: normalized), on: crew)
    }
}

/// The gradient of the kernel, `patches(x)ᵀ·dz`, from `dy` `[images, y.positions, x.positions, filters]`.
///
/// - Parameters:
///   - dy: the gradient after the activation; overwritten with dz, the gradient before the activation.
///   - activation: a function of an element, with the tensors that its derivative reads; nil if dy is dz already.
///   - sums: over which images, and in which order.
///   - gradients: one tensor of as many elements as the kernel for each part of the sums.
///   - totals: one tensor for each part; overwritten with the sums of dz over all positions, the bias's gradient.
package func convolutionKernelGradient(
    _ images: Tensor, dy: Tensor, behind activation: (function: ActivationFunction, x: Tensor, y: Tensor)? = nil,
    y: Window, x: Window,
    by sums: RowPartition, into gradients: [Tensor], totals: [Tensor]?, on crew: Crew
) {
    guard let channels = images.shape.last, let filters = dy.shape.last else { return }
    let patches = ls_patches(
        images: images.pointer, channels: channels, y: y.forward, x: x.forward, zeros: crew.zeros(channels))
    withUnsafePointer(to: patches) { patches in
        let activationGradient = activation.map { ActivationGradient($0.function, x: $0.x, y: $0.y, gradient: dy) }
        for (index, part) in sums.parts.enumerated() {
            let product = product(
                rows: y.taps * x.taps * channels, columns: filters, depth: images.rowCount * y.positions * x.positions,
                patches: patches,
                exchanged: true, b: dy, into: gradients[index], columnSums: totals?[index])
            PatchesProduct(product, leaves: part, isTree: sums.isTree, activationGradient: activationGradient).run(
                on: crew)
        }
    }
}

/// The gradient of the images: patches of dy times the kernel with channels and filters exchanged. Packing exchanges
/// them.
package func convolutionInputGradient(
    _ dy: Tensor, _ kernel: Tensor, y: Window, x: Window, into dx: Tensor, on crew: Crew
) {
    let (channels, filters) = lastTwo(kernel.shape)
    let patches = ls_patches(
        images: dy.pointer, channels: filters, y: y.backward, x: x.backward, zeros: crew.zeros(filters))
    withUnsafePointer(to: patches) { patches in
        let product = product(
            rows: dy.rowCount * y.size * x.size, columns: channels, depth: y.taps * x.taps * filters, patches: patches,
            b: kernel, isTurned: true, into: dx)
        multiply(product, on: crew)
    }
}

/// A kernel's channels and filters.
private func lastTwo(_ shape: Shape) -> (channels: Int, filters: Int) { (shape[shape.rank - 2], shape[shape.rank - 1]) }

/// `patches·b + bias`, or with `exchanged` `patchesᵀ·b`.
///
/// - Parameter isTurned: whether b is a kernel whose channels are the columns, not the rows of the product's b.
private func product(
    rows: Int, columns: Int, depth: Int, patches: UnsafePointer<ls_patches>, exchanged: Bool = false, b: Tensor,
    isTurned: Bool = false, bias: Tensor? = nil, into c: Tensor, columnSums: Tensor? = nil
) -> ls_product {
    precondition(c.count == rows * columns && b.count == depth * columns, "patches times \(b.shape) into \(c.shape)")
    precondition((bias?.count ?? columns) == columns && (columnSums?.count ?? columns) == columns, "\(columns) columns")
    let a = ls_operand(
        data: patches.pointee.images, row_stride: exchanged ? 1 : 0, column_stride: exchanged ? 0 : 1, patches: patches)
    let filters = b.shape.last ?? 1
    return ls_product(
        rows: rows, columns: columns, depth: depth, a: a,
        b: isTurned
            ? ls_operand(
                data: b.pointer, row_stride: 1, column_stride: filters, patches: nil, part_rows: filters,
                part_stride: columns * filters)
            : ls_operand(data: b.pointer, row_stride: columns, column_stride: 1, patches: nil),
        bias: bias?.pointer.asConstant, adds: false,
        c: c.pointer, c_stride: columns, start: 0, column_sums: columnSums?.pointer)
}
