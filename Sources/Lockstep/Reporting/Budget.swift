import LockstepCluster
import LockstepCompute

/// The time of the parts of a step on all ranks. `fit` prints it at the end with `verbose: 2`.
package struct Budget {
    /// One rank's seconds in a step.
    package struct Share: Transferable {
        let host: String
        let parts: [Double]

        /// The rank's own computing time, which does not depend on other ranks.
        var own: Double { self[.input] + self[.forward] + self[.backward] }
        subscript(part: StepTimes.Part) -> Double { parts[part.rawValue] }

        package init(host: String, parts: [Double]) {
            self.host = host
            self.parts = parts
        }

        package func write(to writer: inout WireWriter) {
            writer.write(host)
            writer.write(parts) { $0.write($1) }
        }

        package init(from reader: inout WireReader) throws(ClusterError) {
            host = try reader.readString()
            parts = try reader.readArray { reader throws(ClusterError) in try reader.readDouble() } ?? []
        }
    }

    /// By rank.
    let shares: [Share]
    /// The number of measured steps, without the first.
    let steps: Int
    /// The optimizer's slots for each weight.
    let slots: Int
    /// The seconds that messages between nodes would take with twice the nodes; 0 on one node.
    let doubledWire: Double

    /// Collective.
    init(_ times: StepTimes, optimizer slots: Int, exchange: any GradientExchange, over communicator: any Communicator)
        throws
    {
        steps = times.steps
        let steps = Double(max(times.steps, 1))
        var writer = WireWriter()
        Share(host: communicator.host, parts: StepTimes.Part.allCases.map { times[$0] / steps }).write(to: &writer)
        shares = try communicator.shareAll(writer.bytes).map { bytes in
            var reader = WireReader(bytes)
            return try Share(from: &reader)
        }
        self.slots = slots
        doubledWire = exchange.wireSeconds(growth: 2)
    }

    package init(shares: [Share], steps: Int, slots: Int, doubledWire: Double) {
        self.shares = shares
        self.steps = steps
        self.slots = slots
        self.doubledWire = doubledWire
    }

    private func mean(_ value: (Share) -> Double) -> Double {
        shares.reduce(0) { $0 + value($1) } / Double(shares.count)
    }
    package func mean(_ part: StepTimes.Part) -> Double { mean { $0[part] } }
    /// The seconds of a step.
    package var step: Double { mean { $0.parts.reduce(0, +) } }

    /// The rank that computes longest.
    package var straggler: Int { shares.indices.max { shares[$0].own < shares[$1].own } ?? 0 }

    /// The seconds of a step with the same batch on twice the ranks, if each has the cores and memory of the present
    /// ones.
    ///
    /// Computing halves. A rank's slice halves, and it sums this slice from twice the ranks, so the number of summed
    /// values stays. It reads and writes weights and slots for half as many values. Messages overlap with half the
    /// backward pass. Waiting stays in proportion to computing.
    package var doubledStep: Double {
        let ranks = Double(shares.count)
        let traffic = Double(2 + 2 * slots)
        let update = mean(.update) * (2 * ranks + traffic) / (2 * (ranks + traffic))
        let wire = doubledWire > 0 ? max(mean(.wire), doubledWire - mean(.backward) / 2) : mean(.wire)
        return (mean { $0.own } + mean(.wait)) / 2 + mean(.sum) + update + wire
    }

    /// The parallel efficiency of twice the ranks: the present step time over twice the predicted one.
    package var doubledEfficiency: Double { step / (2 * doubledStep) }

    package var lines: [String] {
        guard steps >= StepTimes.fewestSteps else {
            return [
                "Budget of a step: too few steps to tell, \(steps) after the first; \(StepTimes.fewestSteps) are enough."
            ]
        }
        func milliseconds(_ seconds: Double) -> String { formatted(seconds * 1e3, digits: 3) }
        func row(_ name: String, _ value: (Share) -> Double) -> String {
            let most = shares.indices.max { value(shares[$0]) < value(shares[$1]) } ?? 0
            let cells = [milliseconds(mean(value)), formatted(100 * mean(value) / max(step, 1e-12), digits: 1)]
            let others = shares.count > 1 ? [milliseconds(value(shares[most])), "\(most)"] : []
            let name = name + String(repeating: " ", count: max(0, 26 - name.count))
            return "  " + name
                + (cells + others).map { String(repeating: " ", count: max(0, 9 - $0.count)) + $0 }.joined(
                    separator: " ")
        }
        var lines = [
            "Budget of a step: \(milliseconds(step)) ms on \(shares.count) rank\(shares.count == 1 ? "" : "s")",
            "                                ms    % of it" + (shares.count > 1 ? "   most ms   on rank" : ""),
            row("input") { $0[.input] }, row("compute, forward") { $0[.forward] },
            row("compute, backward") { $0[.backward] },
            row("update, with its sums") { $0[.sum] + $0[.update] },
        ]
        if shares.count > 1 {
            lines += [row("waiting for other ranks") { $0[.wait] }, row("wire, not hidden") { $0[.wire] }]
            let excess = 100 * (shares[straggler].own / max(mean { $0.own }, 1e-12) - 1)
            lines.append(
                "Slowest: rank \(straggler) on \(shares[straggler].host) computes \(formatted(excess, digits: 1)) % longer than the mean."
            )
        }
        lines.append(
            "With \(2 * shares.count) ranks on cores of their own: about \(milliseconds(doubledStep)) ms a step, "
                + "\(formatted(100 * doubledEfficiency, digits: 0)) % efficient.")
        return lines
    }
}
