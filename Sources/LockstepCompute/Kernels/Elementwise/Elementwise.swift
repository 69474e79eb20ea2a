import CKernels

/// Elements worth handing to another thread: about 2 µs of a pass over memory in the cache.
private let grain = 16 * 1024

/// `out = x + y`; any of them may be the same memory.
package func add(_ x: Tensor, _ y: Tensor, into out: Tensor, on crew: Crew) {
    precondition(x.count == y.count && x.count == out.count, "add \(x.shape) and \(y.shape) into \(out.shape)")
    add(x.count, x.pointer, y.pointer, into: out.pointer, on: crew)
}

func add(
    _ count: Int, _ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    into out: UnsafeMutablePointer<Float>, on crew: Crew
) {
    let work = Pairwise(kernel: crew.kernels.add, x: x, y: y, out: out, cut: crew.cut(count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}

/// `out = x ⊙ y`; any of them may be the same memory.
package func multiply(_ x: Tensor, _ y: Tensor, into out: Tensor, on crew: Crew) {
    precondition(x.count == y.count && x.count == out.count, "multiply \(x.shape) and \(y.shape) into \(out.shape)")
    let work = Pairwise(
        kernel: crew.kernels.multiply, x: x.pointer, y: y.pointer, out: out.pointer,
        cut: crew.cut(x.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}

/// `out = factor·x`; they may be the same memory.
package func scale(_ x: Tensor, by factor: Float, into out: Tensor, on crew: Crew) {
    precondition(x.count == out.count, "scale \(x.shape) into \(out.shape)")
    let work = Scaling(
        kernel: crew.kernels.scale, factor: factor, x: x.pointer.asConstant, out: out.pointer,
        cut: crew.cut(x.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}

/// Fills `mask`: an element is 0 with probability `rate`, otherwise 1/(1−rate).
///
/// - Parameter first: the position of the mask's first element in the stream.
package func dropoutMask(rate: Float, from stream: RandomStream, first: Int, into mask: Tensor, on crew: Crew) {
    let work = DropoutMask(
        kernels: crew.kernels, stream: stream.stream, first: UInt64(first), rate: rate, mask: mask.pointer,
        cut: crew.cut(mask.count, grain: grain / 4))
    crew.perform(work, chunks: work.cut.chunks)
}

private struct Pairwise: ChunkedWork {
    let kernel: @convention(c) (Int, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    let x, y: UnsafePointer<Float>
    let out: UnsafeMutablePointer<Float>
    let cut: Cut

    init(
        kernel:
            @escaping @convention(c) (Int, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) ->
            Void,
        x: UnsafeMutablePointer<Float>, y: UnsafeMutablePointer<Float>, out: UnsafeMutablePointer<Float>, cut: Cut
    ) {
        self.kernel = kernel
        self.x = x.asConstant
        self.y = y.asConstant
        self.out = out
        self.cut = cut
    }

    func run(chunk: Int) {
        let range = cut[chunk]
        kernel(range.count, x + range.lowerBound, y + range.lowerBound, out + range.lowerBound)
    }
}

private struct Scaling: ChunkedWork {
    let kernel: @convention(c) (Int, Float, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    let factor: Float
    let x: UnsafePointer<Float>
    let out: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let range = cut[chunk]
        kernel(range.count, factor, x + range.lowerBound, out + range.lowerBound)
    }
}

private struct DropoutMask: ChunkedWork {
    let kernels: ls_kernels
    let stream: ls_random_stream
    let first: UInt64
    let rate: Float
    let mask: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let range = cut[chunk]
        kernels.dropout_mask(stream, first + UInt64(range.lowerBound), range.count, rate, mask + range.lowerBound)
    }
}
