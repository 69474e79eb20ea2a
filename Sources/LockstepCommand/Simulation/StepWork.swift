import Lockstep

/// Each rank's work in a step apart from the exchange, with its times.
package struct StepWork: Sendable {
    /// A layer of backward.
    package struct Layer: Sendable {
        package let seconds: Double
        /// The gradients from this index on are complete after this layer.
        package let offset: Int

        package init(seconds: Double, offset: Int) {
            self.seconds = seconds
            self.offset = offset
        }
    }

    /// The first index of each layer's weights in the arena, ascending, and the number of elements.
    package let starts: [Int]
    package let count: Int
    /// The number of totals that travel with the gradients.
    package let totals: Int
    /// The seconds until the totals are known: input, forward and loss.
    package let forward: Double
    package let backward: [Layer]
    /// The bytes that an update reads and writes for each element.
    package let updateBytes: Int

    package init(starts: [Int], count: Int, totals: Int, forward: Double, backward: [Layer], updateBytes: Int) {
        self.starts = starts
        self.count = count
        self.totals = totals
        self.forward = forward
        self.backward = backward
        self.updateBytes = updateBytes
    }

    /// The work of a measured training step.
    init(_ profile: StepProfile) {
        self.init(
            starts: profile.starts, count: profile.count, totals: profile.totals, forward: profile.forward,
            backward: profile.starts.indices.reversed().map { call in
                Layer(seconds: profile.backward[call], offset: profile.starts[call])
            },
            // An update reads gradients, and reads and writes values and slots.
            updateBytes: (3 + 2 * profile.slots) * MemoryLayout<Float>.stride)
    }

    /// Only an exchange of this many elements, with an update by SGD.
    package static func exchange(of count: Int) -> StepWork {
        StepWork(starts: [0], count: count, totals: 1, forward: 0, backward: [], updateBytes: 12)
    }

    /// The same work on a faster or slower rank.
    package func scaled(by factor: Double) -> StepWork {
        StepWork(
            starts: starts, count: count, totals: totals, forward: forward * factor,
            backward: backward.map { Layer(seconds: $0.seconds * factor, offset: $0.offset) }, updateBytes: updateBytes)
    }

    /// The seconds of computing.
    package var seconds: Double { backward.reduce(forward) { $0 + $1.seconds } }
}

/// The result of a simulated step.
package struct SimulatedStep: Equatable, Sendable {
    /// The seconds from the beginning of the step until the last rank has all values.
    package let seconds: Double
    /// The seconds of computing, on the rank that took longest.
    package let computing: Double
    /// The bytes that the node with the most traffic sent.
    package let bytesSent: Int
    /// The number of messages of all nodes.
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
