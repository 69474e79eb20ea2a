import ArgumentParser
import Lockstep
import LockstepArguments

/// Draws histories.
struct PlotHistories: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draw the loss and the metrics of trainings over their epochs.",
        discussion: """
              lockstep plot history.json --output history.png
              lockstep plot adam.json sgd.csv --output both.png

            Reads the files of lockstep train --history, of Keras's CSVLogger, and of json.dump(history.history, file) in Python. \
            Of several histories each has a colour and the name of its file, validation dashed.
            """)

    @Argument(help: ArgumentHelp("Histories: .json or .csv.", valueName: "history")) var files: [String]
    @Option(name: .shortAndLong, help: ArgumentHelp("The picture: .png.", valueName: "file")) var output: String

    func validate() throws {
        guard output.hasSuffix(".png") else { throw ValidationError("--output must end in .png, received: \(output)") }
        for file in files { _ = try usage { try History.Format(file) } }
    }

    func run() {
        Job.run {
            try Job.once {
                try Figure(zip(Self.labels(files), files.map { try History(file: $0) }).map { ($0, $1) }).save(output)
            }
        }
    }

    /// Labels that tell the files apart, as short as possible: names without endings, names with endings, or the ends
    /// of paths.
    private static func labels(_ files: [String]) -> [String] {
        guard files.count > 1 else { return [""] }
        let names = files.map { String($0.split(separator: "/").last ?? "") }
        let stems = names.map { String($0.prefix(upTo: $0.lastIndex(of: ".") ?? $0.endIndex)) }
        // Longer labels do not fit into the picture's key.
        let most = 30
        let ends = files.map { $0.count > most ? "…" + $0.suffix(most) : $0 }
        return [stems, names, ends].first { Set($0).count == files.count } ?? files
    }
}
