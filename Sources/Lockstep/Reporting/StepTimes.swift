import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// The time of the parts of training steps on this rank, summed over steps.
package final class StepTimes: ExchangeTimes {
    /// The parts of a step. `ExchangeActivity` describes those after backward.
    package enum Part: Int, CaseIterable, Sendable { case input, forward, backward, sum, update, wait, wire }

    /// The smallest number of steps that gives a useful mean.
    package static let fewestSteps = 10

    /// The seconds of the steps that count, by part.
    private var seconds = [Double](repeating: 0, count: Part.allCases.count)
    /// The number of steps that count.
    package var steps: Int { max(0, allSteps - warmUp) }
    private var allSteps = 0
    /// The number of first steps that do not count.
    private let warmUp: Int
    /// The log that receives spans too, if any.
    private let log: SpanLog?
    private var stepStart = 0.0
    private var last = 0.0
    /// The seconds of the present part that belong to the exchange.
    private var exchanged = 0.0

    /// - Parameter warmUp: the number of first steps that do not count: the first step of a training lays out memory.
    package init(log: SpanLog? = nil, warmUp: Int = 0) {
        self.log = log
        self.warmUp = warmUp
    }

    package subscript(part: Part) -> Double { seconds[part.rawValue] }
    /// The seconds of all parts.
    package var total: Double { seconds.reduce(0, +) }

    func start() {
        stepStart = monotonicSeconds()
        last = stepStart
        exchanged = 0
    }

    /// Adds the time since the last mark to a part, without the time of the exchange.
    func mark(_ part: Part) {
        let time = monotonicSeconds()
        seconds[part.rawValue] += time - last - exchanged
        if part == .input { log?.add(.input, allSteps, from: last, to: time) }
        last = time
        exchanged = 0
    }

    /// Adds the time of the loss to forward.
    func markLoss() {
        let start = last
        mark(.forward)
        log?.add(.loss, allSteps, from: start, to: last)
    }

    func endStep() {
        log?.add(.step, allSteps, from: stepStart, to: last)
        allSteps += 1
        if allSteps == warmUp { for index in seconds.indices { seconds[index] = 0 } }
    }

    package func add(_ activity: ExchangeActivity, bucket: Int, since start: Double) {
        let time = monotonicSeconds()
        let (part, logged): (Part, SpanLog.Activity) =
            switch activity {
            case .sum: (.sum, .sum)
            case .update: (.update, .update)
            case .wait: (.wait, .wait)
            case .wire: (.wire, .wire)
            }
        seconds[part.rawValue] += time - start
        exchanged += time - start
        // A check for messages takes less than a microsecond, and thousands of them would fill the log.
        if time - start > 2e-6 { log?.add(logged, bucket, from: start, to: time) }
    }
}

extension Runtime {
    /// Measures all following steps; nil stops measuring.
    func measure(_ times: StepTimes?, layers: LayerTimes?) {
        self.times = times
        trainer?.exchange.times = times
        context.times = layers
    }
}

extension Model {
    /// The seconds of each epoch of the last `fit`.
    package var epochSeconds: [Double] { existingRuntime?.epochSeconds ?? [] }

    /// The seconds for which each checkpoint of the last `fit` delayed this rank.
    package var checkpointSeconds: [Double] { existingRuntime?.checkpointSeconds ?? [] }

    /// How many operations a training step of some rows walks through, without losses and metrics; nil before the model
    /// has trained.
    package func planLengths(rows: Int) -> (forward: Int, backward: Int)? {
        existingRuntime?.computations.first?.network.plan(rows: rows, .training()).lengths
    }

    /// Measures all following steps, and on request the layers. The model must have trained since it was compiled.
    package func measureSteps(layers: Bool) -> (steps: StepTimes, layers: LayerTimes?)? {
        guard let runtime = existingRuntime else { return nil }
        let times = StepTimes()
        let layerTimes = layers ? LayerTimes(runtime.graph.calls.map(\.name)) : nil
        runtime.measure(times, layers: layerTimes)
        return (times, layerTimes)
    }
}
