import ArgumentParser
import Lockstep

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reports how training scales.
struct BenchReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Turn the output of bench train --json for several numbers of ranks into a table, scaling.csv, scaling.json and scaling.png.",
        discussion: """
            launch/scaling measures and calls this command. By hand, for each number of ranks: \
            launch/run -n 2 --threads 1 lockstep bench train mlp --json >>runs.jsonl; then: launch/run lockstep bench report runs.jsonl. \
            For each number of ranks the best line counts. The speed-up is relative to the fewest ranks measured. The efficiency is the \
            speed-up over what as many more ranks could make.
            """)

    @Argument(help: ArgumentHelp("Files of such lines, or folders with a file runs.jsonl.", valueName: "file"))
    var files: [String]
    @Option(help: "The output folder; by default the folder of the first file.") var output: String?

    func run() throws { Job.run { try Job.once(report) } }

    private func report() throws {
        let paths = files.map { isFolder($0) ? $0 + "/runs.jsonl" : $0 }
        var results: [TrainResult] = []
        var launch: Launch?
        for path in paths {
            let lines = String(decoding: try FileBytes.read(path), as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                if let header = try? decoder.decode(Launch.self, from: Data(line.utf8)) {
                    launch = launch ?? header
                } else if let result = try? decoder.decode(TrainResult.self, from: Data(line.utf8)) {
                    results.append(result)
                } else {
                    throw FormatError.notOfFormat(
                        file: path, format: "bench train --json", reason: "line \(number + 1)")
                }
            }
        }
        let scaling = try Scaling(results)
        let folder = output ?? paths[0].lastIndex(of: "/").map { String(paths[0][...$0].dropLast()) } ?? "."
        // The result with the most ranks names the MPI library; a single process has none.
        let machine = results.max { $0.ranks < $1.ranks }?.machine
        let whole = try jsonLine(Report(scaling: scaling, machine: machine, launch: launch), pretty: true)
        try writeText(scaling.csv, to: folder + "/scaling.csv")
        try writeText(whole + "\n", to: folder + "/scaling.json")
        try scaling.figure().save(folder + "/scaling.png")
        Job.print(scaling.table)
        Job.print("Written: \(folder)/scaling.csv, scaling.json, scaling.png")
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// The header that `launch/scaling` writes above the lines: the command, and the version that it ran.
private struct Launch: Codable {
    let launcher: String
    let commit: String?
}

/// The report, as JSON.
private struct Report: Encodable {
    let scaling: Scaling
    let machine: Machine?
    let launch: Launch?
}
