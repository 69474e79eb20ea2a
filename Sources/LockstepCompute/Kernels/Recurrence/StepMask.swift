/// Which steps of sequences a recurrence takes; those that it leaves out keep its state as it was.
package struct StepMask {
    /// `[rows, time]`, 0 for a step that is left out.
    private let steps: UnsafeMutablePointer<Float>
    private let rows, time: Int
    private let isReversed: Bool

    /// - Parameter isReversed: whether the recurrence goes through time from its end.
    package init(_ steps: Tensor, isReversed: Bool) {
        precondition(steps.shape.rank == 2, "a mask of \(steps.shape) for sequences")
        (self.steps, rows, time) = (steps.pointer, steps.shape[0], steps.shape[1])
        self.isReversed = isReversed
    }

    func check(rows: Int, time: Int) {
        precondition(
            rows == self.rows && time == self.time,
            "a mask of \(self.rows) by \(self.time) for \(rows) by \(time) steps")
    }

    /// Whether a row leaves out a step of the recurrence.
    func hides(_ row: Int, _ step: Int) -> Bool { steps[row * time + (isReversed ? time - 1 - step : step)] == 0 }
}
