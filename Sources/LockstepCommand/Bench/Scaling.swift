/// The speed of training on different numbers of ranks.
///
/// With `s(r)` samples a second on `r` ranks, and `r0` the fewest ranks measured, the speed-up is `s(r) / s(r0)`. The
/// efficiency is `s(r) / s(r0) · r0 / r`; it is 1 if every rank adds as much as the first ones. Both hold for strong
/// scaling (the same batch on all numbers of ranks) and weak scaling (a batch that grows with the ranks), because
/// samples a second count, not steps.
struct Scaling: Encodable {
    enum Mode: String, Encodable { case strong, weak }

    struct Point: Encodable {
        let ranks, batchSize: Int
        let samplesPerS, usPerStep, speedUp, efficiency: Double
        let partsUs: [String: Double]
    }

    let workload: String
    let mode: Mode
    let threads: Int
    /// The parts of a step, in order.
    let parts: [String]
    /// Sorted by the number of ranks.
    let points: [Point]

    /// - Parameter results: the results of one workload. For each number of ranks the best one counts.
    /// - Throws: `ScalingError` if the results belong to different work.
    init(_ results: [TrainResult]) throws(ScalingError) {
        guard let first = results.first else { throw .nothing }
        func same<Value: Hashable>(_ name: String, _ value: (TrainResult) -> Value) throws(ScalingError) {
            let received = Set(results.map(value))
            guard received.count == 1 else { throw .differs(name, received: received.map { "\($0)" }.sorted()) }
        }
        try same("workload", \.workload)
        try same("threads of a rank", \.threads)
        let isStrong = results.allSatisfy { $0.batchSize == first.batchSize }
        if !isStrong { try same("batch of a rank", { Double($0.batchSize) / Double($0.ranks) }) }

        var best: [Int: TrainResult] = [:]
        for result in results where result.samplesPerS > best[result.ranks]?.samplesPerS ?? -1 {
            best[result.ranks] = result
        }
        let sorted = best.values.sorted { $0.ranks < $1.ranks }
        workload = first.workload
        mode = isStrong ? .strong : .weak
        threads = first.threads
        var names: [String] = []
        for result in sorted { names += result.parts.filter { !names.contains($0) } }
        parts = names
        points = sorted.map { result in
            let speedUp = result.samplesPerS / sorted[0].samplesPerS
            return Point(
                ranks: result.ranks, batchSize: result.batchSize, samplesPerS: result.samplesPerS,
                usPerStep: result.usPerStep,
                speedUp: speedUp, efficiency: speedUp * Double(sorted[0].ranks) / Double(result.ranks),
                partsUs: result.partsUs)
        }
    }

    /// The batch of a step, in words.
    var batch: String {
        mode == .strong
            ? "a batch of \(points[0].batchSize)" : "a batch of \(points[0].batchSize / points[0].ranks) a rank"
    }

    /// A line of names, then one line for each number of ranks, separated by commas.
    var csv: String {
        let names =
            ["ranks", "threads", "batch_size", "samples_per_s", "us_per_step", "speed_up", "efficiency"]
            + parts.map { $0 + "_us" }
        let rows = points.map { point in
            ["\(point.ranks)", "\(threads)", "\(point.batchSize)"]
                + ([point.samplesPerS, point.usPerStep, point.speedUp, point.efficiency]
                + parts.map { point.partsUs[$0] ?? 0 })
                .map { "\($0)" }
        }
        return ([names] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    /// A table to read.
    var table: String {
        let widths = parts.map { max(11, $0.count + 2) }
        let head =
            "ranks   samples/s  speed-up  efficiency"
            + zip(parts, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined() + ", µs a step"
        let rows = points.map { point in
            column(Double(point.ranks), digits: 0, width: 5) + column(point.samplesPerS, digits: 0, width: 12)
                + column(point.speedUp, digits: 2, width: 10) + column(point.efficiency, digits: 2, width: 12)
                + zip(parts, widths).map { column(point.partsUs[$0] ?? 0, digits: 1, width: $1) }.joined()
        }
        return (["\(workload), \(batch), \(threads) thread\(threads == 1 ? "" : "s") a rank", head] + rows).joined(
            separator: "\n")
    }
}

/// The reason why results cannot be compared.
enum ScalingError: Error, CustomStringConvertible {
    case nothing
    case differs(String, received: [String])

    var description: String {
        switch self {
        case .nothing: "there are no results of bench train --json"
        case .differs(let name, let received):
            "results of one \(name) can be compared, received: \(received.joined(separator: ", "))"
        }
    }
}
