import Lockstep

/// The messages of a step: every node's part of every flow, and the interfaces of the nodes.
///
/// A rank posts all messages of a phase at once; each after the first costs `overhead`. Together they are a burst. The
/// node's interface sends one burst after another. All bytes have arrived `latency` after the last byte left, unless
/// the receiver's interface is busy. It takes one message after another, in the order in which they begin to arrive.
struct SimulatedNetwork {
    private let flows: [SimulatedFlow]
    private let nodes: Int
    private let link: LinkModel
    private let phases: Int

    /// By flow and node: the current phase.
    private(set) var phase: [Int]
    /// By flow, node and phase: the number of events for which the phase still waits. The departure of its own messages
    /// is one event. Negative if events came early.
    private var missing: [Int32]
    /// By flow, node and phase: the time of the latest event.
    private var arrival: [Double]
    /// By node: the time from which an interface is free.
    private var sends: [Double]
    private var receives: [Double]
    /// The bursts that wait for each node's interface, as a linked list of the flows' parts.
    private var queue: [(first: Int, last: Int)]
    private var following: [Int]

    private(set) var bytesSent: [Int]
    private(set) var messages = 0

    init(_ flows: [SimulatedFlow], nodes: Int, link: LinkModel) {
        self.flows = flows
        self.nodes = nodes
        self.link = link
        phases = flows.map(\.phases).max() ?? 0
        phase = Array(repeating: -1, count: flows.count * nodes)
        missing = Array(repeating: 0, count: flows.count * nodes * phases)
        arrival = Array(repeating: 0, count: missing.count)
        sends = Array(repeating: 0, count: nodes)
        receives = sends
        queue = Array(repeating: (-1, -1), count: nodes)
        following = Array(repeating: -1, count: phase.count)
        bytesSent = Array(repeating: 0, count: nodes)
    }

    func flow(of part: Int) -> SimulatedFlow { flows[part / nodes] }
    func node(of part: Int) -> Int { part % nodes }
    private func present(_ part: Int) -> SimulatedFlow.Phase { flow(of: part).phase(phase[part], node: node(of: part)) }

    /// The bytes of memory traffic for the received messages.
    func traffic(of part: Int) -> Double { present(part).traffic }

    /// Goes on to the next phase. Returns whether the flow enters it without waiting for an update.
    mutating func advance(_ part: Int) -> Bool {
        phase[part] += 1
        return !flow(of: part).rests(before: phase[part])
    }

    /// Counts the messages for which the phase waits. Returns the number of its own messages, and the bytes of the
    /// longest.
    mutating func enter(_ part: Int) -> (messages: Int, longest: Int) {
        let present = present(part)
        var (incoming, outgoing, longest) = (0, 0, 0)
        for digit in 0..<present.group.radix where digit != present.group.own {
            if present.bytes(from: digit) > 0 { incoming += 1 }
            let bytes = present.bytes(to: digit)
            if bytes > 0 { outgoing += 1 }
            longest = max(longest, bytes)
        }
        missing[part * phases + phase[part]] += Int32(incoming + 1)
        return (outgoing, longest)
    }

    /// Hands posted messages to the interface. If they are the first that must wait, returns when the interface is
    /// free.
    mutating func offer(_ part: Int, at time: Double, events: inout EventQueue<StepEvent>) -> Double? {
        let node = node(of: part)
        guard queue[node].first >= 0 || sends[node] > time else {
            transmit(part, at: time, events: &events)
            return nil
        }
        following[part] = -1
        guard queue[node].first < 0 else {
            following[queue[node].last] = part
            queue[node].last = part
            return nil
        }
        queue[node] = (part, part)
        return sends[node]
    }

    /// Sends the first waiting burst. If more are waiting, returns when the interface is free again.
    mutating func free(_ node: Int, at time: Double, events: inout EventQueue<StepEvent>) -> Double? {
        let part = queue[node].first
        queue[node].first = following[part]
        transmit(part, at: time, events: &events)
        return queue[node].first < 0 ? nil : sends[node]
    }

    private mutating func transmit(_ part: Int, at time: Double, events: inout EventQueue<StepEvent>) {
        let present = present(part)
        let (node, number) = (node(of: part), phase[part])
        var total = 0
        for digit in 0..<present.group.radix where digit != present.group.own { total += present.bytes(to: digit) }
        let end = time + Double(total) / link.bandwidth
        sends[node] = end
        bytesSent[node] += total
        for digit in 0..<present.group.radix where digit != present.group.own {
            let bytes = present.bytes(to: digit)
            guard bytes > 0 else { continue }
            messages += 1
            let peer = present.group.node(digit)
            receives[peer] = max(receives[peer], time + link.latency) + Double(bytes) / link.bandwidth
            take(part - node + peer, number, at: max(receives[peer], end + link.latency), &events)
        }
        take(part, number, at: end, &events)
    }

    private mutating func take(_ part: Int, _ number: Int, at time: Double, _ events: inout EventQueue<StepEvent>) {
        let place = part * phases + number
        missing[place] -= 1
        arrival[place] = max(arrival[place], time)
        if missing[place] == 0 { events.add(.arrived(part: part), at: arrival[place]) }
    }
}
