#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The connectionist temporal classification loss of sequences (Graves et al., 2006): −ln of the probability that
/// independent choices of a class at each step, by a softmax of the logits, read as the labels. Repeated classes are
/// read once, and blanks, class 0, not at all.
///
/// The probability is summed over all alignments from both ends, in double precision:
/// `α(t, s) = p(t, z[s]) · (α(t − 1, s) + α(t − 1, s − 1) [+ α(t − 1, s − 2)])` over the labels z with blanks between
/// them, and β likewise from the end. The gradient of logit k at step t is `softmax − Σ α·β` over the s with z[s] = k.
///
/// - Parameters:
///   - logits: `[rows, steps, classes]`.
///   - labels: `[rows, length]` of class numbers; a 0 ends the labels.
///   - losses: `[rows]`.
///   - gradient: `[rows, steps, classes]`; overwritten with the derivative of each row's loss. Nil: not wanted.
/// - Returns: the first row whose labels do not fit into the steps, or are no classes; its loss and gradient are 0.
package func connectionistLoss(
    logits: Tensor, labels: Tensor, into losses: Tensor, gradient: Tensor?, on crew: Crew
) -> Int? {
    let work = ConnectionistRows(
        logits: logits, labels: labels, losses: losses, gradient: gradient,
        cut: crew.cut(losses.count, grain: 1))
    crew.perform(work, chunks: work.cut.chunks)
    return (0..<losses.count).first { losses[$0].isNaN }.map { row in
        for other in row..<losses.count where losses[other].isNaN { losses[other] = 0 }
        return row
    }
}

private struct ConnectionistRows: ChunkedWork {
    let logits, labels, losses: Tensor
    let gradient: Tensor?
    let cut: Cut

    func run(chunk: Int) { for row in cut[chunk] { compute(row) } }

    private func compute(_ row: Int) {
        let (steps, classes) = (logits.shape[1], logits.shape[2])
        let slope = gradient?.part(at: row * steps * classes, shape: [steps, classes])
        slope?.fill(0)
        let given = (0..<labels.shape[1]).map { labels[row, $0] }
        let numbers = given.prefix { $0 != 0 }.map { Int(exactly: $0) ?? -1 }
        let repeats = zip(numbers, numbers.dropFirst()).filter { $0 == $1 }.count
        guard numbers.allSatisfy({ $0 > 0 && $0 < classes }), numbers.count + repeats <= steps else {
            losses[row] = .nan
            return
        }
        // The labels with blanks before, between and after them.
        let sequence = numbers.reduce(into: [0]) { $0 += [$1, 0] }
        let logarithms = (0..<steps).map { logSoftmax(row, step: $0, steps, classes) }
        let (start, end) = (
            sums(sequence, logarithms, steps: Array(0..<steps)),
            sums(sequence.reversed(), logarithms, steps: (0..<steps).reversed())
        )
        let last = sequence.count - 1
        let total = add(start[steps - 1][last], last > 0 ? start[steps - 1][last - 1] : -.infinity)
        losses[row] = Float(-total)
        guard let slope else { return }
        for step in 0..<steps {
            for label in 0..<classes { slope[step, label] = Float(exp(logarithms[step][label])) }
            for (place, label) in sequence.enumerated() {
                // Both sums have the probability of this step.
                let both = start[step][place] + end[steps - 1 - step][last - place] - logarithms[step][label]
                slope[step, label] -= Float(exp(both - total))
            }
        }
    }

    private func logSoftmax(_ row: Int, step: Int, _ steps: Int, _ classes: Int) -> [Double] {
        let first = (row * steps + step) * classes
        let values = (0..<classes).map { Double(logits.pointer[first + $0]) }
        let largest = values.max() ?? 0
        let sum = log(values.reduce(0) { $0 + exp($1 - largest) }) + largest
        return values.map { $0 - sum }
    }

    /// The logarithms of the probabilities that the first steps read as the first places of a sequence.
    private func sums(_ sequence: [Int], _ logarithms: [[Double]], steps: [Int]) -> [[Double]] {
        var result: [[Double]] = []
        for (number, step) in steps.enumerated() {
            result.append(
                sequence.indices.map { place in
                    guard number > 0 else { return place < 2 ? logarithms[step][sequence[place]] : -.infinity }
                    let before = result[number - 1]
                    var sum = before[place]
                    if place > 0 { sum = add(sum, before[place - 1]) }
                    // A blank between different labels can be left out.
                    if place > 1, sequence[place] != 0, sequence[place] != sequence[place - 2] {
                        sum = add(sum, before[place - 2])
                    }
                    return sum + logarithms[step][sequence[place]]
                })
        }
        return result
    }

    /// `ln (e^a + e^b)`.
    private func add(_ a: Double, _ b: Double) -> Double {
        let (larger, smaller) = (max(a, b), min(a, b))
        return smaller == -.infinity ? larger : larger + log1p(exp(smaller - larger))
    }
}
