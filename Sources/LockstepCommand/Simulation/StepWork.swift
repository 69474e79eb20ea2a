import Lockstep

/// What each rank does in a step besides exchanging, and how long the step takes.
package struct StepWork: Sendable {
    /// A layer of backward.
    package struct Layer: Sendable {
        package let seconds: Double
        /// From where on gradients are complete behind it.
        package let offset: Int

        package init(seconds: Double, offset: Int) {
            self.seconds = seconds
            self.offset = offset
        }
    }

    /// Where the parameters of each layer begin in the arena, ascending, and its elements.
    package let starts: [Int]
    package let count: Int
    /// How many totals go along.
    package let totals: Int
    /// Seconds until totals are known: for input, forward and loss.
    package let forward: Double
    package let backward: [Layer]
    /// Bytes that an update reads and writes for each element.
    package let updateBytes: Int

    package init(starts: [Int], count: Int, totals: Int, forward: Double, backward: [Layer], updateBytes: Int) {
        self.starts = starts
        self.count = count
        self.totals = totals
        self.forward = forward
        self.backward = backward
        self.updateBytes = updateBytes
    }

    /// What a step of training was measured to be.
    init(_ profile: StepProfile) {
        self.init(
            starts: profile.starts, count: profile.count, totals: profile.totals, forward: profile.forward,
            backward: profile.starts.indices.reversed().map { call in
                Layer(seconds: profile.backward[call], offset: profile.starts[call])
            },
            // Gradients are read, values and slots read and written.
            updateBytes: (3 + 2 * profile.slots) * MemoryLayout<Float>.stride)
    }

    /// Nothing but an exchange of so many elements, with an update by SGD.
    package static func exchange(of count: Int) -> StepWork {
        StepWork(starts: [0], count: count, totals: 1, forward: 0, backward: [], updateBytes: 12)
    }

    /// The same work by a faster or slower rank.
    package func scaled(by factor: Double) -> StepWork {
        StepWork(
            starts: starts, count: count, totals: totals, forward: forward * factor,
            backward: backward.map { Layer(seconds: $0.seconds * factor, offset: $0.offset) }, updateBytes: updateBytes)
    }

    /// Seconds of computing.
    package var seconds: Double { backward.reduce(forward) { $0 + $1.seconds } }
}

/// A step that was played.
package struct SimulatedStep: Equatable, Sendable {
    /// From the beginning of the step until the last rank has all values.
    package let seconds: Double
    /// Of computing, on the rank that took longest.
    package let computing: Double
    /// What the node that sent most has sent.
    package let bytesSent: Int
    /// Messages of all nodes.
    package let messages: Int

    package static func mean(_ steps: [SimulatedStep]) -> SimulatedStep {
        precondition(!steps.isEmpty, "the mean of no steps")
        func mean(_ value: (SimulatedStep) -> Double) -> Double {
            steps.reduce(0) { $0 + value($1) } / Double(steps.count)
        }
        return SimulatedStep(
            seconds: mean(\.seconds), computing: mean(\.computing), bytesSent: Int(mean { Double($0.bytesSent) }),
            messages: Int(mean { Double($0.messages) }))
    }
}
