/// The sum of the squares of a tensor's elements. Its bits do not depend on the threads.
///
/// As for norms of gradients, squares are added within lines of 16 elements, and the sums of the lines in order.
package struct SumOfSquares: Sendable {
    private let lines: Tensor

    /// The floats that sums over `count` elements need.
    package static func workspace(_ count: Int) -> Int { (count + lineSize - 1) / lineSize }

    /// - Parameter workspace: memory of `workspace(count)` floats. Sums of different tensors may share it.
    package init(of count: Int, in workspace: Tensor) { lines = workspace.part(at: 0, shape: [Self.workspace(count)]) }

    package func callAsFunction(_ x: Tensor, on crew: Crew) -> Double {
        lineSquares(x, into: lines, on: crew)
        var sum = 0.0
        for line in 0..<lines.count { sum += Double(lines.pointer[line]) }
        return sum
    }
}
