import ArgumentParser
import Foundation

/// Reads mutated files and looks for crashes, hangs, errors of no type and memory out of proportion. `launch/fuzz` has
/// the words for people.
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz", abstract: "Read mutated files.",
        subcommands: [Run.self, Again.self, Make.self, Work.self],
        defaultSubcommand: Run.self)

    static func target(_ name: String) throws -> Target {
        guard let target = Target.all.first(where: { $0.name == name }) else {
            throw ValidationError("no target \(name); there are \(Target.all.map(\.name).joined(separator: ", "))")
        }
        return target
    }

    /// The repository's, from where this was built.
    static let fixtures = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures"
}

/// Some targets, or all, for a time.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Read mutated files of some targets.")

    @Option(help: "For how long, all targets together.") var seconds = 60.0
    @Option(help: "Makes inputs: the same for the same seed.") var seed: UInt64 = 1
    @Option(help: "How many targets at a time.") var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "The folder for inputs that fail.") var output = "output/fuzz"
    @Argument(help: "The targets: \(Target.all.map(\.name).joined(separator: ", ")).") var targets: [String] = []

    func validate() throws {
        guard seconds > 0 else { throw ValidationError("--seconds must be above 0, received: \(seconds)") }
        guard jobs > 0 else { throw ValidationError("--jobs must be 1 or more, received: \(jobs)") }
        for name in targets { _ = try Fuzz.target(name) }
    }

    func run() throws {
        let chosen = try targets.isEmpty ? Target.all : targets.map(Fuzz.target)
        // Each gets the same time; several run at once.
        let each = seconds * Double(min(jobs, chosen.count)) / Double(chosen.count)
        let results = Results()
        let next = Results.Counter()
        let threads = (0..<min(jobs, chosen.count)).map { _ in
            let thread = Foundation.Thread {
                while let index = next.take(below: chosen.count) {
                    let driver = Driver(target: chosen[index], seed: seed, seconds: each, kept: output)
                    results.add(chosen[index].name, Result { try driver.run() })
                }
                results.finish()
            }
            thread.start()
            return thread
        }
        results.wait(for: threads.count)
        guard results.failures == 0 else { throw ExitCode.failure }
    }
}

/// One input again.
struct Again: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Read one file as a target does.")

    @Argument(help: "The target.") var target: String
    @Argument(help: "The file.") var file: String
    @Flag(help: "Without a limit to memory.") var anyMemory = false

    func run() throws {
        let target = try Fuzz.target(target)
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        anyMemory ? Limits.applyTime() : Limits.apply(bytes: size, expansion: target.expansion)
        do {
            try target.read(file)
            print("read")
        } catch {
            print("\(type(of: error)): \(error)")
            try Worker.read(target, file)
        }
    }
}

/// An input that did not fail, to look at.
struct Make: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write one input of a target to a file.")

    @Argument(help: "The target.") var target: String
    @Argument(help: "The input's number.") var index: Int
    @Argument(help: "The file.") var file: String
    @Option(help: "That of the run.") var seed: UInt64 = 1

    func run() throws {
        let target = try Fuzz.target(target)
        try Data(target.input(index, seed: seed, of: target.inputs(in: Fuzz.fixtures))).write(to: URL(filePath: file))
    }
}

/// What `run` starts.
struct Work: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read mutated files until one ends this process.", shouldDisplay: false)

    @Argument var target: String
    @Argument var folder: String
    @Option var seed: UInt64
    @Option var from: Int
    @Option var seconds: Double

    func run() throws {
        try Worker(target: Fuzz.target(target), seed: seed, folder: folder).run(
            from: from, seconds: seconds, fixtures: Fuzz.fixtures)
    }
}

Fuzz.main()
