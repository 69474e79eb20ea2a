import ArgumentParser
import Lockstep

/// Draws histories.
struct PlotHistories: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draw the loss and the metrics of trainings over their epochs.",
        discussion: """
              lockstep plot history.json --output history.png
              lockstep plot adam.json sgd.csv --output both.png

            Reads what lockstep train --history writes, what Keras's CSVLogger writes, and in Python json.dump(history.history, file). \
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
                let names = files.count == 1 ? [""] : Set(files.map(name)).count == files.count ? files.map(name) : files
                try Figure(zip(names, files.map { try History(file: $0) }).map { ($0, $1) }).save(output)
            }
        }
    }

    /// A file's name without folder and ending.
    private func name(_ file: String) -> String {
        let name = file.split(separator: "/").last ?? ""
        return String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex))
    }
}
