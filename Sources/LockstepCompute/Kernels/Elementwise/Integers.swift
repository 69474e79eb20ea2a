/// Elements worth handing to another thread.
private let grain = 16 * 1024

/// The elements of a tensor in the type of another one: int32 of floats without the fraction, at the ends of its range
/// for those beyond and 0 for NaN.
package func cast(_ x: Tensor, into out: Tensor, on crew: Crew) {
    precondition(x.count == out.count, "cast \(x.shape) into \(out.shape)")
    let work = Cast(x: x, out: out, cut: crew.cut(x.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}

private struct Cast: ChunkedWork {
    let x, out: Tensor
    let cut: Cut

    func run(chunk: Int) {
        switch (x.type, out.type) {
        case (.int32, .float32):
            for position in cut[chunk] { out.pointer[position] = Float(x.integer(at: position)) }
        case (.float32, .int32):
            for position in cut[chunk] { out.setInteger(Int32(clamping: x.pointer[position]), at: position) }
        case (.float32, .float32), (.int32, .int32):
            for position in cut[chunk] { out.pointer[position] = x.pointer[position] }
        case (.string, _), (_, .string): preconditionFailure("a cast of \(x.type) to \(out.type)")
        }
    }
}

extension Int32 {
    /// The whole part of a float; the end of the range for one beyond it, 0 for NaN.
    fileprivate init(clamping value: Float) {
        guard !value.isNaN else {
            self = 0
            return
        }
        self = value >= 0x1p31 ? .max : value <= -0x1p31 ? .min : Int32(value)
    }
}

/// 1 where an int32 element is not a value, else 0; nil is unequal to all.
package func findUnequal(_ x: Tensor, to value: Int32?, into out: Tensor, on crew: Crew) {
    precondition(x.count == out.count && x.type == .int32, "a comparison of \(x.type) \(x.shape) into \(out.shape)")
    let work = Comparison(x: x, value: value, out: out, cut: crew.cut(x.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}

private struct Comparison: ChunkedWork {
    let x: Tensor
    let value: Int32?
    let out: Tensor
    let cut: Cut

    func run(chunk: Int) {
        for position in cut[chunk] { out.pointer[position] = x.integer(at: position) == value ? 0 : 1 }
    }
}
