import LockstepCompute

/// A convolution over volumes `[batch, depth, height, width, channels]` with a kernel
/// `[kernel depth, kernel height, kernel width, channels, filters]`, as a convolution over images: each position along
/// the depth is an image whose channels are those of all frames under the window.
///
/// - Parameters:
///   - windows: for depth, height and width.
///   - groups: as for `convolution`.
package func volumeConvolution(
    _ volumes: SymbolicTensor, _ kernel: Weight, bias: Weight?, windows: [Window], groups: Int = 1,
    activation function: ActivationFunction
) -> SymbolicTensor {
    let depth = windows[0]
    let images = stacked(volumes, under: depth).folded
    let image = ImageWindows(Array(windows.dropFirst()))
    guard groups > 1 else {
        let output = images.applying(
            ConvolutionOperation(image, depth: depth.taps, activation: function),
            with: [kernel] + (bias.map { [$0] } ?? []))[0]
        return output.unfolded(depth.positions)
    }
    let output = images.applying(GroupedConvolutionOperation(image, depth: depth.taps, groups: groups), with: [kernel])
    return biased(output[0].unfolded(depth.positions), bias, activation: function)
}

/// The transpose of a convolution over volumes `[batch, depth, height, width, channels]` with a kernel
/// `[kernel depth, kernel height, kernel width, filters, channels]`. Each frame gives a frame for each tap along the
/// depth; those that meet at a place are added.
///
/// - Parameter windows: for depth, height and width, from the output to x.
package func transposedVolumeConvolution(
    _ volumes: SymbolicTensor, _ kernel: Weight, windows: [Window]
) -> SymbolicTensor {
    let depth = windows[0]
    let images = volumes.folded.applying(
        TransposedConvolutionOperation(ImageWindows(Array(windows.dropFirst())), depth: depth.taps), with: [kernel])[0]
    let frames = images.unfolded(depth.positions)
    let filters = (frames.spec.shape.last ?? 0) / depth.taps
    let parts = (0..<depth.taps).map { tap in
        let part = depth.taps == 1 ? frames : slice(frames, axis: -1, tap * filters..<(tap + 1) * filters)
        return spread(part, by: depth.stride, from: tap * depth.dilation - depth.padding, size: depth.size)
    }
    return parts.count == 1 ? parts[0] : sum(parts)
}

/// For each position of a window over the depth, the channels of all frames under it.
private func stacked(_ volumes: SymbolicTensor, under window: Window) -> SymbolicTensor {
    let reach = (window.positions - 1) * window.stride + (window.taps - 1) * window.dilation + 1
    let behind = max(0, reach - window.padding - window.size)
    let padded =
        window.padding == 0 && behind == 0 ? volumes : pad(volumes, axis: 0, before: window.padding, after: behind)
    let frames = (0..<window.taps).map { tap in
        let first = tap * window.dilation
        return slice(
            padded, axis: 0, first..<first + (window.positions - 1) * window.stride + 1, step: window.stride)
    }
    return frames.count == 1 ? frames[0] : concatenate(frames, axis: -1)
}

/// Puts frames `stride` apart, the first at `first`, among `size` frames, and drops those that lie outside. The others
/// are zeros.
private func spread(_ frames: SymbolicTensor, by stride: Int, from first: Int, size: Int) -> SymbolicTensor {
    let shape = frames.spec.shape.dimensions
    var x = frames
    if stride > 1 {
        x = pad(reshape(x, Shape([shape[0], 1] + shape.dropFirst())), axis: 1, before: 0, after: stride - 1)
        x = reshape(x, Shape([shape[0] * stride] + shape.dropFirst()))
    }
    let count = shape[0] * stride
    let (from, to) = (max(0, -first), min(count, size - first))
    guard from < to else { return slice(pad(x, axis: 0, before: size, after: 0), axis: 0, 0..<size) }
    if from > 0 || to < count { x = slice(x, axis: 0, from..<to) }
    let before = max(0, first)
    return before == 0 && to - from == size ? x : pad(x, axis: 0, before: before, after: size - before - (to - from))
}
