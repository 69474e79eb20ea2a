import Synchronization

/// What a rank is doing. The rank writes it while it works; a watcher reads it when other ranks have waited long.
///
/// Each entry costs a step one store. The clock is read only when the rank begins or ends to wait for others.
package final class Activity: Sendable {
    /// The task that the rank was called for.
    package enum Phase: UInt64, Sendable {
        case program, start, preparation, training, evaluation, prediction, end
    }

    /// The part of a step that the rank is in.
    package enum Part: UInt64, Sendable {
        case none, data, forward, loss, backward, exchange
    }

    /// The calls in which a rank waits for others. All but messages are numbered, because every rank calls them in the
    /// same order.
    package enum Call: UInt64, Sendable {
        case none, start, barrier, broadcast, sum, gather, share, exchange, end
        /// Messages, from and to one rank.
        case receive, send

        var isNumbered: Bool { self != .none && self != .receive && self != .send }
    }

    /// One reading. While the rank works, its parts may come from slightly different moments. While the rank waits,
    /// they fit together.
    package struct Reading: Equatable, Sendable {
        package let phase: Phase
        package let part: Part
        /// From 1; 0 if there is none.
        package let epoch, step: Int
        /// In forward and backward, the name of the layer that computes or that computed last.
        package let layer: String?
        /// `none` if the rank does not wait.
        package let call: Call
        /// The elements or bytes of the call; for a message, the other rank.
        package let detail: Int
        /// How many numbered calls the rank has begun.
        package let calls: Int
        /// When it began to wait, or when its last wait ended; in seconds of `monotonicSeconds`.
        package let since: Double

        package init(
            phase: Phase, part: Part, epoch: Int, step: Int, layer: String?, call: Call, detail: Int, calls: Int,
            since: Double
        ) {
            (self.phase, self.part, self.epoch, self.step, self.layer) = (phase, part, epoch, step, layer)
            (self.call, self.detail, self.calls, self.since) = (call, detail, calls, since)
        }
    }

    private let phase = Atomic<UInt64>(0)
    private let part = Atomic<UInt64>(0)
    private let epoch = Atomic<Int>(0)
    private let step = Atomic<Int>(0)
    private let layer = Atomic<Int>(0)
    private let call = Atomic<UInt64>(0)
    private let detail = Atomic<Int>(0)
    private let calls = Atomic<Int>(0)
    private let since: Atomic<UInt64>
    private let layers = Mutex<[String]>([])

    package init() { since = Atomic(monotonicSeconds().bitPattern) }

    /// Begins something that is not a step.
    package func enter(_ phase: Phase) {
        self.phase.store(phase.rawValue, ordering: .relaxed)
        part.store(0, ordering: .relaxed)
        epoch.store(0, ordering: .relaxed)
        step.store(0, ordering: .relaxed)
    }

    /// Begins a step. Epoch and step are counted from 1. Without an epoch, the epoch of the training around it stays.
    package func enter(_ phase: Phase, epoch: Int? = nil, step: Int) {
        self.phase.store(phase.rawValue, ordering: .relaxed)
        part.store(Part.data.rawValue, ordering: .relaxed)
        if let epoch { self.epoch.store(epoch, ordering: .relaxed) }
        self.step.store(step, ordering: .relaxed)
    }

    package func enter(_ part: Part) { self.part.store(part.rawValue, ordering: .relaxed) }

    /// Begins a layer's work.
    ///
    /// - Parameter layer: the index of its name.
    package func enter(layer: Int) { self.layer.store(layer, ordering: .relaxed) }

    /// Sets the names of the layers of the model at work.
    package func name(layers names: [String]) { layers.withLock { $0 = names } }

    /// Begins to wait for other ranks.
    package func begin(_ call: Call, _ detail: Int) {
        if call.isNumbered { calls.store(calls.load(ordering: .relaxed) + 1, ordering: .relaxed) }
        self.detail.store(detail, ordering: .relaxed)
        since.store(monotonicSeconds().bitPattern, ordering: .relaxed)
        self.call.store(call.rawValue, ordering: .releasing)
    }

    /// The wait is over.
    package func end() {
        since.store(monotonicSeconds().bitPattern, ordering: .relaxed)
        call.store(0, ordering: .releasing)
    }

    /// How many numbered calls the rank has finished. A call that it is in does not count.
    package var callsDone: Int {
        let isWithin = Call(rawValue: call.load(ordering: .acquiring))?.isNumbered ?? false
        return calls.load(ordering: .relaxed) - (isWithin ? 1 : 0)
    }

    /// Seconds that the rank has waited; nil if it does not wait.
    package var waited: Double? {
        guard call.load(ordering: .acquiring) != 0 else { return nil }
        return monotonicSeconds() - Double(bitPattern: since.load(ordering: .relaxed))
    }

    package var reading: Reading {
        let call = Call(rawValue: self.call.load(ordering: .acquiring)) ?? .none
        let part = Part(rawValue: self.part.load(ordering: .relaxed)) ?? .none
        let index = layer.load(ordering: .relaxed)
        let name =
            part == .forward || part == .backward
            ? layers.withLock { $0.indices.contains(index) ? $0[index] : nil } : nil
        return Reading(
            phase: Phase(rawValue: phase.load(ordering: .relaxed)) ?? .program, part: part,
            epoch: epoch.load(ordering: .relaxed),
            step: step.load(ordering: .relaxed), layer: name, call: call, detail: detail.load(ordering: .relaxed),
            calls: calls.load(ordering: .relaxed), since: Double(bitPattern: since.load(ordering: .relaxed)))
    }
}
