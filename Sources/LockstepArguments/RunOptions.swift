import ArgumentParser

/// What the examples that train a model have in common.
package struct RunOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help:
            "The seed of all random numbers: the data, the initial weights, the shuffles and the dropout; by default 1.",
        transform: parseSeed)
    package var seed: UInt64 = 1
    @Option(parsing: .unconditional, help: "0 silent, 1 a progress bar, 2 one line for each epoch.")
    package var verbose = 1
    @Option(help: "The folder for the pictures.") package var output = "."

    package init() {}

    package func validate() throws { try check(verbose: verbose) }
}
