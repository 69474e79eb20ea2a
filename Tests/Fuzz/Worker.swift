import Foundation
import Lockstep
import LockstepFormats

/// A process that reads one input after the other, until a time is over or one ends it.
struct Worker {
    let target: Target
    let seed: UInt64
    /// Where it leaves the input it is at, and how far it came.
    let folder: String

    var inputFile: String { "\(folder)/\(target.name)\(target.seeds[0].suffix)" }

    /// - Throws: an error that a reader threw and that is none of the package's.
    func run(from first: Int, seconds: Double, fixtures: String) throws {
        let inputs = try target.inputs(in: fixtures)
        let end = Date(timeIntervalSinceNow: seconds)
        var progress = Progress(next: first, slowest: 0, slowestInput: first)
        let driver = getppid()
        // Whoever ends the driver ends its workers.
        while Date() < end, getppid() == driver {
            let input = target.input(progress.next, seed: seed, of: inputs)
            try Data(input).write(to: URL(filePath: inputFile))
            try progress.write(to: folder)
            let start = Date()
            Limits.apply(bytes: input.count, expansion: target.expansion)
            try Self.read(target, inputFile)
            let seconds = Date().timeIntervalSince(start)
            if seconds > progress.slowest { (progress.slowest, progress.slowestInput) = (seconds, progress.next) }
            progress.next += 1
        }
        try progress.write(to: folder)
    }

    /// - Throws: what is no error of the package.
    static func read(_ target: Target, _ file: String) throws {
        do {
            try target.read(file)
        } catch is FormatError {
        } catch is LayerError {
        } catch is TrainingError {
        } catch is ComputeError {
        }
    }

    /// How far a worker came.
    struct Progress {
        /// The index of the input it is at.
        var next: Int
        /// In seconds.
        var slowest: Double
        var slowestInput: Int

        init(next: Int, slowest: Double, slowestInput: Int) {
            self.next = next
            self.slowest = slowest
            self.slowestInput = slowestInput
        }

        private static func file(_ folder: String) -> String { "\(folder)/progress" }

        init?(in folder: String) {
            guard let words = try? String(contentsOfFile: Self.file(folder), encoding: .utf8).split(separator: " "),
                words.count == 3,
                let next = Int(words[0]), let slowest = Double(words[1]), let slowestInput = Int(words[2])
            else { return nil }
            self.init(next: next, slowest: slowest, slowestInput: slowestInput)
        }

        func write(to folder: String) throws {
            try Data("\(next) \(slowest) \(slowestInput)".utf8).write(to: URL(filePath: Self.file(folder)))
        }
    }
}
