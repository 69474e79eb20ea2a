import Foundation
import Lockstep

/// Something that goes wrong on one rank, at one place.
package struct Fault: Sendable {
    package enum Action: Sendable, Equatable {
        /// Is late by some seconds.
        case delay(Double)
        case `throw`
        case trap
        /// SIGKILL, which the system sends when memory runs out.
        case kill
        /// SIGSTOP: the process exists and does nothing.
        case stop
        case exit(Int32)
        /// Asks for more memory than there is.
        case exhaust
        /// Makes the first number wrong.
        case corrupt
    }

    package enum Place: Sendable, Equatable {
        /// The n-th of all calls of the communicator, or of its calls of one kind; n counts from 1.
        case call(Int, of: Activity.Call?)
        /// A layer's forward in training, from the n-th step on; n counts from 1.
        case forward(Int)
        case backward(Int)
        /// A layer's forward without training.
        case inference
    }

    package let rank: Int
    package let place: Place
    package let action: Action

    package init(_ action: Action, rank: Int, at place: Place) {
        (self.rank, self.place, self.action) = (rank, place, action)
    }

    /// The error that a rank throws when its fault is to throw.
    package struct Injected: Error, Equatable, CustomStringConvertible {
        package let description = "an injected fault"
    }

    /// Performs an action on this rank. The place itself performs corruption.
    package static func perform(_ action: Action) throws {
        switch action {
        case .delay(let seconds): Thread.sleep(forTimeInterval: seconds)
        case .throw: throw Injected()
        case .trap: preconditionFailure("an injected fault")
        case .kill: kill(getpid(), SIGKILL)
        case .stop: kill(getpid(), SIGSTOP)
        case .exit(let status): Foundation.exit(status)
        case .exhaust: _ = FloatBuffer(count: 1 << 42)
        case .corrupt: break
        }
    }
}

/// A communicator with a fault in its calls. Exchanges through shared memory do not go through it.
package final class FaultyCommunicator: Communicator, @unchecked Sendable {
    private let base: any Communicator
    private let fault: Fault
    /// How many calls of the fault's kind its rank has made.
    package private(set) var calls = 0

    package init(_ base: any Communicator, _ fault: Fault) {
        self.base = base
        self.fault = fault
    }

    package var rank: Int { base.rank }
    package var size: Int { base.size }
    package var host: String { base.host }
    package var library: String? { base.library }
    package var activity: Activity { base.activity }

    /// Counts a call; returns whether its result on this rank must be corrupted.
    private func pass(_ call: Activity.Call) throws(ClusterError) -> Bool {
        guard rank == fault.rank, case .call(let number, let kind) = fault.place, kind == nil || kind == call else {
            return false
        }
        calls += 1
        guard calls == number else { return false }
        do { try Fault.perform(fault.action) } catch { throw .mpi(call: "\(call)", message: "\(error)") }
        return fault.action == .corrupt
    }

    private func corrupt(_ tensor: Tensor) { if tensor.count > 0 { tensor[0] += 1 } }

    package func barrier() throws(ClusterError) {
        _ = try pass(.barrier)
        try base.barrier()
    }

    package func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError) {
        let isCorrupted = try pass(.broadcast)
        try base.broadcast(tensor, from: root)
        if isCorrupted { corrupt(tensor) }
    }

    package func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError) {
        let isCorrupted = try pass(.broadcast)
        try base.broadcast(&bytes, from: root)
        if isCorrupted, !bytes.isEmpty { bytes[0] ^= 1 }
    }

    package func allReduceSum(_ tensor: Tensor) throws(ClusterError) {
        let isCorrupted = try pass(.sum)
        try base.allReduceSum(tensor)
        if isCorrupted { corrupt(tensor) }
    }

    package func allReduceSum(_ values: inout [Double]) throws(ClusterError) {
        let isCorrupted = try pass(.sum)
        try base.allReduceSum(&values)
        if isCorrupted, !values.isEmpty { values[0] += 1 }
    }

    package func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError) {
        let isCorrupted = try pass(.gather)
        try base.allGather(part, counts: counts, into: whole)
        if isCorrupted { corrupt(whole) }
    }

    package func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8] {
        let isCorrupted = try pass(.gather)
        var whole = try base.allGather(part, counts: counts)
        if isCorrupted, !whole.isEmpty { whole[0] ^= 1 }
        return whole
    }

    package func send(_ tensor: Tensor, to rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
        if try pass(.send) { corrupt(tensor) }
        return try base.send(tensor, to: rank, tag: tag)
    }

    package func receive(into tensor: Tensor, from rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
        _ = try pass(.receive)
        return try base.receive(into: tensor, from: rank, tag: tag)
    }

    package func nodeMap(limit: Int?) throws(ClusterError) -> NodeMap { try base.nodeMap(limit: limit) }

    package func share(count: Int, limit: Int?) throws(ClusterError) -> FloatBuffer? {
        _ = try pass(.share)
        return try base.share(count: count, limit: limit)
    }

    /// Counts as an exchange, because a rank calls it while it waits for others in shared memory.
    package func checkRanks(waitingIn call: String) throws(ClusterError) {
        _ = try pass(.exchange)
        try base.checkRanks(waitingIn: call)
    }

    package func abort() -> Never { base.abort() }
    package func end(status: Int32) -> Never { base.end(status: status) }
}

/// A layer that changes nothing, with a fault in it.
package final class FaultyLayer: Layer {
    package static let className = "FaultyLayer"
    package let properties: LayerProperties
    private let fault: Fault
    private let rank: Int

    /// - Parameter rank: this process's.
    package init(_ fault: Fault, rank: Int, name: String = "") {
        self.fault = fault
        self.rank = rank
        properties = LayerProperties(name: name)
    }

    package func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        inputs[0].applying(FaultyOperation(fault, rank: rank))
    }
}

/// Passes its input on, and performs the fault.
private final class FaultyOperation: Lockstep.Operation {
    private let fault: Fault
    private let rank: Int
    private var steps = 0

    init(_ fault: Fault, rank: Int) {
        self.fault = fault
        self.rank = rank
    }

    func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { inputs }

    func forward(_ pass: ForwardPass) {
        if pass.training { steps += 1 }
        pass.outputs[0].assign(pass.inputs[0])
        if fault.place == (pass.training ? .forward(steps) : .inference) { perform(on: pass.outputs[0], pass.fail) }
    }

    func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradients[0] else { return }
        dx.assign(pass.outputGradient)
        if fault.place == .backward(steps) { perform(on: dx, pass.fail) }
    }

    private func perform(on tensor: Tensor, _ fail: (OperationError) -> Void) {
        guard rank == fault.rank else { return }
        do {
            try Fault.perform(fault.action)
            if fault.action == .corrupt, tensor.count > 0 { tensor[0] += 1 }
        } catch {
            // Operations cannot throw. In this way they report what is wrong with the data.
            fail(.values(requirement: "without \(error)", received: Double(tensor.elements.first ?? 0)))
        }
    }
}
