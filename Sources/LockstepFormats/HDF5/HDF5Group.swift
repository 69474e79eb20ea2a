import LockstepCompute

/// A group of an HDF5 file, with its whole content; the file itself is its root group.
package struct HDF5Group: Equatable, Sendable {
    package var attributes: [String: HDF5Attribute]
    package var groups: [String: HDF5Group]
    package var datasets: [String: HDF5Dataset]
    /// Members that were not read, because they are damaged or of unsupported kinds. A request for one is this error.
    package var unread: [String: FormatError] = [:]

    package init(
        attributes: [String: HDF5Attribute] = [:], groups: [String: HDF5Group] = [:],
        datasets: [String: HDF5Dataset] = [:]
    ) {
        self.attributes = attributes
        self.groups = groups
        self.datasets = datasets
    }

    /// The group at a path within this one, `"layers/dense/vars"`; nil if there is none.
    ///
    /// - Throws: `FormatError` for a member of the path that was not read.
    package func group(at path: some StringProtocol) throws(FormatError) -> HDF5Group? {
        var group: HDF5Group? = self
        for name in path.split(separator: "/") {
            if let error = group?.unread[String(name)] { throw error }
            group = group?.groups[String(name)]
        }
        return group
    }

    /// The dataset at a path within this group, `"layers/dense/vars/0"`; nil if there is none.
    ///
    /// - Throws: `FormatError` for a member of the path that was not read.
    package func dataset(at path: some StringProtocol) throws(FormatError) -> HDF5Dataset? {
        let names = path.split(separator: "/")
        guard let name = names.last, let group = try group(at: names.dropLast().joined(separator: "/")) else {
            return nil
        }
        if let error = group.unread[String(name)] { throw error }
        return group.datasets[String(name)]
    }

    /// Inserts a dataset at a path within this group, and creates missing groups.
    package mutating func insert(_ dataset: HDF5Dataset, at path: some StringProtocol) {
        let names = path.split(separator: "/", maxSplits: 1)
        guard let name = names.first.map({ String($0) }) else { return }
        if names.count == 1 {
            datasets[name] = dataset
        } else {
            groups[name, default: .init()].insert(dataset, at: names[1])
        }
    }

    /// The list of strings under a name; nil if there is none. Keras divides a long list into `name0`, `name1`, …, and
    /// writes an empty list as an empty array of numbers.
    package func strings(_ name: String) -> [String]? {
        switch attributes[name] {
        case .strings(let strings): return strings
        case .reals([]): return []
        case nil:
            var parts: [String]?
            var index = 0
            while case .strings(let strings)? = attributes["\(name)\(index)"] {
                parts = (parts ?? []) + strings
                index += 1
            }
            return parts
        default: return nil
        }
    }
}

/// An attribute of a group or a dataset.
package enum HDF5Attribute: Equatable, Sendable {
    case string(String)
    case strings([String])
    case integers([Int])
    /// Empty for the weight names of a layer without weights, as Keras writes it.
    case reals([Double])

    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
