/// The names under which a model and its layers are saved.
///
/// Keras refuses names with slashes, because they are paths in HDF5. Such a name is saved with underscores instead of
/// slashes, and with a number appended if the new name is taken.
package struct FileNames {
    package let model: String
    /// One message for each name that is saved in another form: `layer 'a/b' is saved as 'a_b'`.
    package let changes: [String]
    private let layers: [String: String]

    package init(model: String, layers: [String]) {
        var taken = Set(layers)
        var names: [String: String] = [:]
        var changes: [String] = []
        for name in layers {
            guard let base = Self.changed(name) else { continue }
            let candidates = sequence(first: 0) { $0 + 1 }.lazy.map { $0 == 0 ? base : "\(base)_\($0)" }
            // There are more candidates than taken names, so one is free.
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

    /// The name under which a layer is saved.
    package subscript(_ layer: any Layer) -> String { layers[layer.name] ?? layer.name }

    /// The name to save instead; nil for a name that Keras accepts.
    private static func changed(_ name: String) -> String? {
        if [".", ".."].contains(name) { return "layer" + String(repeating: "_", count: name.count) }
        return name.contains("/") ? String(name.map { $0 == "/" ? "_" : $0 }) : nil
    }
}
