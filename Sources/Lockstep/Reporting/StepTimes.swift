import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// How long the parts of training steps take on this rank, added up over steps.
package final class StepTimes: ExchangeTimes {
    /// What a step consists of; see `ExchangeActivity` for those behind backward.
    package enum Part: Int, CaseIterable, Sendable { case input, forward, backward, sum, update, wait, wire }

    /// Means of fewer steps tell little.
    package static let fewestSteps = 10

    /// Seconds of the steps that count.
    private var seconds = [Double](repeating: 0, count: Part.allCases.count)
    /// The steps that count, and all of them.
    package var steps: Int { max(0, allSteps - warmUp) }
    private var allSteps = 0
    /// How many steps do not count.
    private let warmUp: Int
    /// Where spans go too, if anywhere.
    private let log: SpanLog?
    private var stepStart = 0.0
    private var last = 0.0
    /// What of the part under way belongs to the exchange.
    private var exchanged = 0.0

    /// - Parameter warmUp: how many steps do not count: the first of a training lays out memory.
    package init(log: SpanLog? = nil, warmUp: Int = 0) {
        self.log = log
        self.warmUp = warmUp
    }

    package subscript(part: Part) -> Double { seconds[part.rawValue] }
    /// All parts.
    package var total: Double { seconds.reduce(0, +) }

    func start() {
        stepStart = monotonicSeconds()
        last = stepStart
        exchanged = 0
    }

    /// What has passed since the last mark belongs to a part, but for what the exchange took of it.
    func mark(_ part: Part) {
        let time = monotonicSeconds()
        seconds[part.rawValue] += time - last - exchanged
        if part == .input { log?.add(.input, allSteps, from: last, to: time) }
        last = time
        exchanged = 0
    }

    /// The loss belongs to forward.
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
        // A look at messages takes less than a microsecond; thousands of them would fill the log.
        if time - start > 2e-6 { log?.add(logged, bucket, from: start, to: time) }
    }
}

extension Runtime {
    /// Measures the steps from now on; nil measures nothing.
    func measure(_ times: StepTimes?, layers: LayerTimes?) {
        self.times = times
        trainer?.exchange.times = times
        context.times = layers
    }
}

extension Model {
    /// Seconds of each epoch of the last `fit`.
    package var epochSeconds: [Double] { existingRuntime?.epochSeconds ?? [] }

    /// How many seconds each checkpoint of the last `fit` held this rank up.
    package var checkpointSeconds: [Double] { existingRuntime?.checkpointSeconds ?? [] }

    /// How many operations a training step of some rows walks through, without losses and metrics; nil before the model
    /// has trained.
    package func planLengths(rows: Int) -> (forward: Int, backward: Int)? {
        existingRuntime?.computations.first?.network.plan(rows: rows, .training).lengths
    }

    /// Measures the steps from now on, and the layers if asked; the model must have trained since it was compiled.
    package func measureSteps(layers: Bool) -> (steps: StepTimes, layers: LayerTimes?)? {
        guard let runtime = existingRuntime else { return nil }
        let times = StepTimes()
        let layerTimes = layers ? LayerTimes(runtime.graph.calls.map(\.name)) : nil
        runtime.measure(times, layers: layerTimes)
        return (times, layerTimes)
    }
}
