import Foundation

/// Runs workers on one target, starts another where one ended, and keeps the input that ended it.
struct Driver {
    let target: Target
    let seed: UInt64
    let seconds: Double
    /// For inputs that fail.
    let kept: String

    /// What became of a target.
    struct Report {
        var inputs = 0
        var slowest = 0.0
        var slowestInput = 0
        var failures: [String] = []
    }

    /// A target that fails so often is not worth more time.
    private static let mostFailures = 5

    func run() throws -> Report {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let worker = Worker(target: target, seed: seed, folder: folder.path)
        let end = Date(timeIntervalSinceNow: seconds)
        var report = Report()
        while end.timeIntervalSinceNow > 0, report.failures.count < Self.mostFailures {
            let outcome = try start(
                ["work", target.name, folder.path, "--seed", "\(seed)", "--from", "\(report.inputs)"]
                    + ["--seconds", "\(end.timeIntervalSinceNow)"])
            guard let progress = Worker.Progress(in: folder.path) else {
                throw Failure(description: "no worker runs: \(outcome)")
            }
            report.inputs = progress.next
            if progress.slowest > report.slowest {
                (report.slowest, report.slowestInput) = (progress.slowest, progress.slowestInput)
            }
            guard outcome != .ended else { break }
            report.failures.append(try keep(worker.inputFile, outcome, index: progress.next))
            report.inputs += 1
        }
        return report
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    enum Outcome: Equatable {
        case ended
        case failed(String)
    }

    /// Keeps the input and says how to read it again.
    private func keep(_ input: String, _ outcome: Outcome, index: Int) throws -> String {
        try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
        let file = "\(kept)/\(target.name)-\(seed)-\(index)\(target.seeds[0].suffix)"
        try? FileManager.default.removeItem(atPath: file)
        try FileManager.default.copyItem(atPath: input, toPath: file)
        let alone = try start(["again", target.name, file])
        let withAnyMemory = try start(["again", target.name, file, "--any-memory"])
        let what =
            switch (alone, withAnyMemory) {
            case (.ended, _): "\(outcome), behind the others, but not when it is read alone"
            case (_, .ended): "takes memory out of proportion"
            default: "\(outcome)"
            }
        return "\(target.name): input \(index) of seed \(seed) \(what); again: launch/fuzz again \(target.name) \(file)"
    }

    /// Runs this program, and says how it ended.
    private func start(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: (try? errors.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        switch (process.terminationReason, process.terminationStatus) {
        case (.exit, 0): return .ended
        case (.uncaughtSignal, SIGALRM): return .failed("takes longer than \(Limits.seconds) s")
        case (.uncaughtSignal, let signal):
            return .failed("ends the process with signal \(signal): \(text.prefix(300))")
        case (_, let status): return .failed("ends with status \(status): \(text.prefix(300))")
        }
    }
}

extension Driver.Outcome: CustomStringConvertible {
    var description: String {
        switch self {
        case .ended: "ends"
        case .failed(let how): how
        }
    }
}
