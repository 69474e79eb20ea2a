import CKernels

/// Elements of a pass worth handing to another thread: about 2 µs of memory traffic.
private let grain = 16 * 1024

/// What is done to gradients before an optimizer's step: `g = clip(scale·g + l1·sign(w) + 2·l2·w)` to ±limit, where w
/// are the weights.
package struct GradientTerms: Sendable {
    private let terms: ls_gradient_terms

    /// - Parameters:
    ///   - scale: what the gradients are multiplied with first.
    ///   - l1: the factor of the penalty Σ|w|.
    ///   - l2: the factor of the penalty Σw².
    package init(scale: Float, l1: Float = 0, l2: Float = 0, limit: Float = .infinity) {
        terms = ls_gradient_terms(scale: scale, l1: l1, l2: 2 * l2, limit: limit)
    }

    /// Changes the gradients in one pass.
    package func apply(to gradients: Tensor, of values: Tensor, on crew: Crew) {
        precondition(gradients.count == values.count, "gradients \(gradients.shape) of values \(values.shape)")
        let work = TermsWork(
            kernels: crew.kernels, terms: terms, values: values.pointer, gradients: gradients.pointer,
            cut: crew.cut(values.count, grain: grain))
        crew.perform(work, chunks: work.cut.chunks)
    }
}

/// `x = x − rate·x`.
package func decay(_ x: Tensor, by rate: Float, on crew: Crew) {
    let work = DecayWork(kernels: crew.kernels, rate: rate, x: x.pointer, cut: crew.cut(x.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}

/// `average = momentum·average + (1 − momentum)·x`.
package func moveAverage(_ average: Tensor, to x: Tensor, momentum: Float, on crew: Crew) {
    precondition(average.count == x.count, "the average \(average.shape) of \(x.shape)")
    let work = AverageWork(
        kernels: crew.kernels, momentum: momentum, x: x.pointer, average: average.pointer,
        cut: crew.cut(x.count, grain: grain))
    crew.perform(work, chunks: work.cut.chunks)
}

/// Elements of a line.
package let lineSize = 16

/// The sum of the squares of each line of 16 elements; the last line may have fewer. The order of additions is the same
/// for every line.
package func lineSquares(_ x: Tensor, into out: Tensor, on crew: Crew) {
    precondition(out.count == (x.count + lineSize - 1) / lineSize, "lines of \(x.shape) into \(out.shape)")
    let work = LineSquares(
        kernels: crew.kernels, count: x.count, x: x.pointer, out: out.pointer,
        cut: crew.cut(out.count, grain: grain / lineSize))
    crew.perform(work, chunks: work.cut.chunks)
}

/// `Σ l1·|x| + l2·x²` over a range of elements. Blocks have a fixed size, so the bits do not depend on the threads.
package func penalty(_ x: Tensor, of range: Range<Int>, l1: Float, l2: Float, on crew: Crew) -> Double {
    precondition(range.lowerBound >= 0 && range.upperBound <= x.count, "elements \(range) of \(x.shape)")
    let blocks = (range.count + PenaltyWork.blockSize - 1) / PenaltyWork.blockSize
    let sums = crew.scratch(max(blocks, 1))
    let work = PenaltyWork(
        kernels: crew.kernels, l1: l1, l2: l2, count: range.count, x: x.pointer + range.lowerBound, sums: sums,
        cut: crew.cut(blocks, grain: 4))
    crew.perform(work, chunks: work.cut.chunks)
    return (0..<blocks).reduce(0) { $0 + Double(sums[$1]) }
}

private struct TermsWork: ChunkedWork {
    let kernels: ls_kernels
    let terms: ls_gradient_terms
    let values, gradients: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let (first, count) = (cut[chunk].lowerBound, cut[chunk].count)
        kernels.gradient_terms(count, terms, values + first, gradients + first)
    }
}

private struct DecayWork: ChunkedWork {
    let kernels: ls_kernels
    let rate: Float
    let x: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) { kernels.decay(cut[chunk].count, rate, x + cut[chunk].lowerBound) }
}

private struct AverageWork: ChunkedWork {
    let kernels: ls_kernels
    let momentum: Float
    let x, average: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let first = cut[chunk].lowerBound
        kernels.move_average(cut[chunk].count, momentum, 1 - momentum, x + first, average + first)
    }
}

private struct LineSquares: ChunkedWork {
    let kernels: ls_kernels
    let count: Int
    let x, out: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let first = cut[chunk].lowerBound
        kernels.line_squares(
            min(cut[chunk].count * lineSize, count - first * lineSize), x + first * lineSize, out + first)
    }
}

private struct PenaltyWork: ChunkedWork {
    /// Elements of a block. Its sum is rounded to float.
    static let blockSize = 4096
    let kernels: ls_kernels
    let l1, l2: Float
    let count: Int
    let x, sums: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        for block in cut[chunk] {
            let first = block * Self.blockSize
            sums[block] = kernels.penalty(min(Self.blockSize, count - first), l1, l2, x + first)
        }
    }
}
