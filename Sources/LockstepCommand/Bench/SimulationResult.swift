import Lockstep

/// The simulated time of a step on some ranks.
struct SimulationResult: Encodable {
    /// The name of the model; nil if only the bytes of gradients were given.
    let model: String?
    let gradients: Int
    let mode: String?
    let ranks, nodes: Int
    /// The samples of all ranks together.
    let batchSize: Int?
    let usPerStep: Double
    /// The time of the rank that computes longest, and the further time of the exchange.
    let computingUs, exposedUs: Double
    let samplesPerS: Double?
    /// Relative to one rank.
    let speedUp, efficiency: Double?
    /// The bytes that the node with the most traffic sends.
    let bytesSent: Int

    /// The reference: a step of one rank with `size` samples. `batchSize` is the simulated batch of all ranks.
    struct Base {
        let model, mode: String
        let batchSize, size: Int
        let step: SimulatedStep
    }

    init(_ step: SimulatedStep, gradients: Int, ranks: Int, ranksPerNode: Int, base: Base? = nil) {
        self.gradients = gradients
        self.ranks = ranks
        nodes = (ranks + ranksPerNode - 1) / ranksPerNode
        model = base?.model
        mode = base?.mode
        batchSize = base?.batchSize
        usPerStep = step.seconds * 1e6
        computingUs = step.computing * 1e6
        exposedUs = (step.seconds - step.computing) * 1e6
        bytesSent = step.bytesSent
        samplesPerS = base.map { Double($0.batchSize) / step.seconds }
        speedUp = base.map { Double($0.batchSize) / step.seconds / (Double($0.size) / $0.step.seconds) }
        efficiency = speedUp.map { $0 / Double(ranks) }
    }

    static func header(isModel: Bool) -> String {
        isModel
            ? "   ranks    samples      step ms  computing ms    exposed ms   speed-up  efficiency"
            : "     bytes     ranks           µs    MB sent by a node"
    }

    var line: String {
        guard let batchSize, let speedUp, let efficiency else {
            return column(Double(gradients), digits: 0, width: 10) + column(Double(ranks), digits: 0, width: 10)
                + column(usPerStep, digits: 1, width: 13) + column(Double(bytesSent) * 1e-6, digits: 3, width: 21)
        }
        return column(Double(ranks), digits: 0, width: 8) + column(Double(batchSize), digits: 0, width: 11)
            + column(usPerStep * 1e-3, digits: 3, width: 13) + column(computingUs * 1e-3, digits: 3, width: 14)
            + column(exposedUs * 1e-3, digits: 3, width: 14) + column(speedUp, digits: 1, width: 11)
            + column(efficiency * 100, digits: 1, width: 10) + " %"
    }

    static func figure(_ results: [SimulationResult], title: String) -> Figure {
        let ranks = results.map { Double($0.ranks) }
        var figure = Figure(width: 1100, height: 480, columns: 2)
        figure.add(
            Panel(
                title, xLabel: "ranks", yLabel: "times as fast as one rank",
                series: [.guide(ranks, ranks, "ideal"), .marked(ranks, results.map { $0.speedUp ?? 0 }, "speed-up")],
                logarithmic: .both))
        figure.add(
            Panel(
                "efficiency", xLabel: "ranks", yLabel: "%",
                series: [
                    .guide(ranks, ranks.map { _ in 100 }, "ideal"),
                    .marked(ranks, results.map { ($0.efficiency ?? 0) * 100 }, "speed-up a rank"),
                ], yRange: 0...105, logarithmic: .x))
        return figure
    }
}
