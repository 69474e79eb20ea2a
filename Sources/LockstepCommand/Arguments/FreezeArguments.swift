import ArgumentParser
import Lockstep

/// Which layers of a model train.
struct FreezeArguments: ParsableArguments {
    static let patterns =
        "by name, or by path base/conv1 in a model in the model, with * for any text; several times for several patterns"

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Freeze layers, so that their weights stay: \(patterns). If other layers train than before, the optimizer begins anew.",
            valueName: "pattern"))
    var freeze: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Let layers train that are frozen, after --freeze: \(patterns).", valueName: "pattern"))
    var unfreeze: [String] = []

    /// Freezes the layers before the model is compiled.
    ///
    /// - Throws: `CommandError.layers` for a pattern that no layer matches.
    func apply(to model: Model) throws {
        let layers = model.layerPaths
        for (option, patterns, isTrainable) in [("--freeze", freeze, false), ("--unfreeze", unfreeze, true)] {
            for pattern in patterns.map(NamePattern.init) {
                let matched = layers.filter { pattern.matches($0.path) || pattern.matches($0.layer.name) }
                guard !matched.isEmpty else {
                    throw CommandError.layers(option: option, pattern: pattern.text, known: layers.map(\.path))
                }
                for (_, layer) in matched { layer.isTrainable = isTrainable }
            }
        }
    }

    /// Says which layers of the model are frozen, if any option was given.
    func report(_ model: Model) throws {
        guard !freeze.isEmpty || !unfreeze.isEmpty else { return }
        let layers = model.layerPaths.filter {
            !($0.layer is Model) && !$0.layer.isTrainable && !$0.layer.properties.weights.isEmpty
        }
        let values = layers.flatMap(\.layer.properties.weights).reduce(0) { $0 + $1.shape.count }
        let trainable = try model.countParameters() - values
        Job.print(
            layers.isEmpty
                ? "No layer is frozen."
                : "Frozen: \(layers.map(\.path).joined(separator: ", ")); \(values) values stay, of all \(trainable + values)."
        )
    }
}
