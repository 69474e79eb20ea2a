import ArgumentParser
import Lockstep

/// The parts of a step of a workload on one rank, for any number of rows, measured here.
final class ComputingTimes {
    /// A given speed, for a step with all rows of a batch.
    enum Speed {
        case samplesPerSecond(Double)
        case secondsPerStep(Double)

        /// `"5000/s"`, or `"20ms"`.
        init(_ text: String) throws {
            if text.hasSuffix("/s") {
                guard let number = Double(text.dropLast(2)), number > 0, number.isFinite else {
                    throw ValidationError(
                        "--compute must be samples a second above 0 such as 5000/s, or a step's time, received: \(text)"
                    )
                }
                self = .samplesPerSecond(number)
            } else {
                let time = try seconds(text, option: "--compute")
                guard time > 0 else { throw ValidationError("--compute must be above 0, received: \(text)") }
                self = .secondsPerStep(time)
            }
        }
    }

    private let workload: Workload
    private var measured: [Int: StepWork] = [:]
    private var scale = 1.0

    /// - Parameter speed: the speed of one rank with `rows` rows. Other measurements are scaled in proportion. Nil
    ///   scales nothing.
    init(_ workload: Workload, speed: Speed?, rows: Int) throws {
        self.workload = workload
        switch speed {
        case nil: break
        case .samplesPerSecond(let samples): scale = Double(rows) / samples / (try work(rows: rows)).seconds
        case .secondsPerStep(let seconds): scale = seconds / (try work(rows: rows)).seconds
        }
        measured = measured.mapValues { $0.scaled(by: scale) }
    }

    /// The fastest of several short runs.
    func work(rows: Int) throws -> StepWork {
        if let work = measured[rows] { return work }
        var samples = 8 * rows
        if case .stepsOnBatch = workload.unit { samples = rows }
        let (x, y) = try workload.data(samples)
        let model = try workload.make(1, ExchangeOptions())
        try workload.train(model, x, y, batchSize: rows)
        var best: StepWork?
        for _ in 0..<7 {
            guard let times = model.measureSteps(layers: true) else { break }
            try workload.train(model, x, y, batchSize: rows)
            if let work = model.stepProfile(times).map(StepWork.init), work.seconds < best?.seconds ?? .infinity {
                best = work
            }
        }
        guard let work = best?.scaled(by: scale) else { preconditionFailure("a model has trained and has no times") }
        measured[rows] = work
        return work
    }
}
