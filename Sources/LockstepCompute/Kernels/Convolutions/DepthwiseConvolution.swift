import CKernels

/// Multiply-adds worth handing to another thread.
private let grain = 16 * 1024

/// The convolution of each channel by itself: images x `[images, y.size, x.size, channels]`, a kernel
/// `[y.taps, x.taps, channels]` and the output `[images, y.positions, x.positions, channels]`.
package func depthwiseConvolve(
    _ images: Tensor, _ kernel: Tensor, y: Window, x: Window, into output: Tensor, on crew: Crew
) {
    let work = DepthwiseLines(images, kernel, y: y.forward, x: x.forward, into: output, on: crew)
    crew.perform(work, chunks: work.cut.chunks)
}

/// The gradient of the images: at each place, the sum over the positions whose window holds it.
package func depthwiseInputGradient(
    _ dy: Tensor, _ kernel: Tensor, y: Window, x: Window, into dx: Tensor, on crew: Crew
) {
    let work = DepthwiseLines(dy, kernel, y: y.backward, x: x.backward, into: dx, on: crew)
    crew.perform(work, chunks: work.cut.chunks)
}

/// The gradient of the kernel.
///
/// - Parameters:
///   - sums: over which images, and in which order.
///   - gradients: one tensor of the kernel's shape for each part of the sums.
package func depthwiseKernelGradient(
    _ images: Tensor, dy: Tensor, y: Window, x: Window, by sums: RowPartition, into gradients: [Tensor], on crew: Crew
) {
    let channels = images.shape.last ?? 1
    let patches = depthwisePatches(images, channels: channels, y: y.forward, x: x.forward, on: crew)
    for (part, gradient) in zip(sums.parts, gradients) {
        precondition(gradient.count == y.taps * x.taps * channels, "a kernel's gradient of \(gradient.shape)")
        addLeaves(of: part, into: gradient, on: crew) { rows, sum in
            let work = DepthwisePieces(patches: patches, dy: dy, images: rows, count: sum.count, on: crew)
            crew.perform(work, chunks: work.cut.chunks)
            crew.kernels.column_sums(work.pieces, sum.count, work.sums, sum.pointer)
        }
    }
}

private func depthwisePatches(
    _ images: Tensor, channels: Int, y: ls_window, x: ls_window, on crew: Crew
) -> ls_patches {
    precondition(images.count == images.rowCount * y.size * x.size * channels, "images of \(images.shape)")
    return ls_patches(images: images.pointer, channels: channels, y: y, x: x, zeros: crew.zeros(channels))
}

/// The rows of the output's images, cut among the threads.
private struct DepthwiseLines: ChunkedWork {
    let patches: ls_patches
    let kernel: UnsafePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let kernels: ls_kernels
    let cut: Cut

    init(_ images: Tensor, _ kernel: Tensor, y: ls_window, x: ls_window, into output: Tensor, on crew: Crew) {
        let channels = images.shape.last ?? 1
        let taps = y.taps * x.taps
        precondition(
            kernel.count == taps * channels && output.count == images.rowCount * y.positions * x.positions * channels,
            "a kernel \(kernel.shape) for \(images.shape) into \(output.shape)")
        patches = depthwisePatches(images, channels: channels, y: y, x: x, on: crew)
        self.kernel = kernel.pointer.asConstant
        self.output = output.pointer
        kernels = crew.kernels
        cut = crew.cut(
            images.rowCount * y.positions, grain: max(1, grain / max(1, x.positions * channels * taps)))
    }

    func run(chunk: Int) {
        withUnsafePointer(to: patches) {
            kernels.depthwise($0, kernel, cut[chunk].lowerBound, cut[chunk].upperBound, output)
        }
    }
}

/// The gradient of the kernel over the images of one micro-shard. The rows of its images are cut into pieces, which
/// depend only on the micro-shard, so that the bits do not depend on the threads.
private struct DepthwisePieces: ChunkedWork {
    let patches: ls_patches
    let dy: UnsafePointer<Float>
    let lines: Range<Int>
    /// Elements of the kernel.
    let count: Int
    let pieces: Int
    /// For each piece, its sum.
    let sums: UnsafeMutablePointer<Float>
    let kernels: ls_kernels
    let cut: Cut

    init(patches: ls_patches, dy: Tensor, images: Range<Int>, count: Int, on crew: Crew) {
        self.patches = patches
        self.dy = dy.pointer.asConstant
        self.count = count
        lines = images.lowerBound * patches.y.positions..<images.upperBound * patches.y.positions
        pieces = min(32, max(1, lines.count * patches.x.positions * count / (8 * grain)), max(1, lines.count))
        sums = crew.scratch(pieces * count)
        kernels = crew.kernels
        cut = crew.cut(pieces, grain: 1)
    }

    func run(chunk: Int) {
        for piece in cut[chunk] {
            let first = lines.lowerBound + piece * lines.count / pieces
            let last = lines.lowerBound + (piece + 1) * lines.count / pieces
            withUnsafePointer(to: patches) {
                kernels.depthwise_kernel_gradient($0, dy, first, last, sums + piece * count)
            }
        }
    }
}
