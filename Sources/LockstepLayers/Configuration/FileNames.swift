/// The names under which a model and its layers are saved. Keras refuses a name with a slash, which is a path in HDF5:
/// it is saved with underscores in their place, and a number where that name is taken.
package struct FileNames {
    package let model: String
    /// What is saved under another name, each as `layer 'a/b' is saved as 'a_b'`.
    package let changes: [String]
    private let layers: [String: String]

    package init(model: String, layers: [String]) {
        var taken = Set(layers)
        var names: [String: String] = [:]
        var changes: [String] = []
        for name in layers {
            guard let base = Self.changed(name) else { continue }
            let candidates = sequence(first: 0) { $0 + 1 }.lazy.map { $0 == 0 ? base : "\(base)_\($0)" }
            // One of so many is free.
            let new = candidates.first { !taken.contains($0) } ?? base
            taken.insert(new)
            names[name] = new
            changes.append("layer '\(name)' is saved as '\(new)'")
        }
        self.layers = names
        self.model = Self.changed(model) ?? model
        if self.model != model { changes.append("model '\(model)' is saved as '\(self.model)'") }
        self.changes = changes
    }

    /// That of a layer.
    package subscript(_ layer: any Layer) -> String { layers[layer.name] ?? layer.name }

    /// Nil for a name that Keras takes.
    private static func changed(_ name: String) -> String? {
        if [".", ".."].contains(name) { return "layer" + String(repeating: "_", count: name.count) }
        return name.contains("/") ? String(name.map { $0 == "/" ? "_" : $0 }) : nil
    }
}
