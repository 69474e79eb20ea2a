/// A mask that says which steps of sequences a recurrence takes. A step that is left out keeps the state.
package struct StepMask {
    /// `[rows, time]`; 0 leaves a step out.
    private let steps: UnsafeMutablePointer<Float>
    private let rows, time: Int
    private let isReversed: Bool

    /// - Parameter isReversed: whether the recurrence begins with the last step.
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

    /// Whether a step of a row is left out.
    func hides(_ row: Int, _ step: Int) -> Bool { steps[row * time + (isReversed ? time - 1 - step : step)] == 0 }
}
