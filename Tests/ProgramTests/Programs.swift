import Foundation
import TestSupport

/// A finished process.
struct Outcome {
    let status: Int32
    let output: String
    let errors: String
    let seconds: Double
}

/// Runs the package's programs, alone or under mpirun.
enum Programs {
    /// Where the build put them: beside this test.
    static let folder = URL(
        filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
    )
    .deletingLastPathComponent().path

    /// Runs a program on some ranks; without mpirun if `ranks` is nil. Ends it after 5 minutes.
    static func run(
        _ program: String, _ arguments: [String] = [], ranks: Int? = nil, environment: [String: String] = [:]
    ) throws -> Outcome {
        let path = program.contains("/") ? program : folder + "/" + program
        guard let ranks else { return try launch([path] + arguments, environment) }
        return try launch(["mpirun", "--quiet", "--oversubscribe", "-n", "\(ranks)", path] + arguments, environment)
    }

    private static func launch(_ command: [String], _ environment: [String: String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["timeout", "300"] + command
        // mpirun refuses root without these two, and containers have nobody else.
        let root = ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
        process.environment = ProcessInfo.processInfo.environment.merging(root) { $1 }.merging(environment) { $1 }
        let folder = try temporaryFolder()
        let (output, errors) = (folder + "/output", folder + "/errors")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardInput = FileHandle.nullDevice
        let start = Date()
        try process.run()
        process.waitUntilExit()
        func text(_ file: String) -> String {
            String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
        }
        return Outcome(
            status: process.terminationStatus, output: text(output), errors: text(errors),
            seconds: Date().timeIntervalSince(start))
    }

    /// A copy of a file of Keras 2 that names a loss and a metric which do not exist. The names have as many letters as
    /// those in the file.
    static func unsupportedModel(in folder: String) throws -> String {
        var bytes = try Data(contentsOf: URL(filePath: fixture("models/keras2_decay.h5")))
        for (name, other) in [("huber", "hubal"), ("cosine_similarity", "cosine_dissimilar")] {
            while let range = bytes.firstRange(of: Data(name.utf8)) {
                bytes.replaceSubrange(range, with: Data(other.utf8))
            }
        }
        let file = folder + "/unsupported.h5"
        try bytes.write(to: URL(filePath: file))
        return file
    }

    /// A folder of its own for one test.
    static func temporaryFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }
}

/// The numbers behind a word in a text, in order.
func numbers(after word: String, in text: String) -> [Double] {
    text.components(separatedBy: word).dropFirst().compactMap { rest in
        Double(rest.drop { " :[".contains($0) }.prefix { "+-.0123456789e".contains($0) })
    }
}
