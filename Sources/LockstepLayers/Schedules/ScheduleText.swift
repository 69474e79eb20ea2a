extension LearningRate {
    /// A learning rate in text: a number, or a schedule with its arguments by Keras's names. The first may be the
    /// initial rate alone, and numbers of a list are separated by slashes:
    ///
    ///     0.01
    ///     cosine:0.01,decay_steps=1000,warmup_target=0.1,warmup_steps=100
    ///     piecewise_constant:boundaries=1000/2000,values=0.1/0.05/0.01
    ///
    /// - Throws: `LayerError.unknownName` for a schedule that does not exist, `LayerError.compiled` for an argument
    ///   that is missing, unknown or of a wrong type.
    package init(text: String) throws(LayerError) {
        if let rate = Double(text) {
            self.init(rate)
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts.first ?? ""
        guard let type = LearningRateSchedules.all.first(where: { $0.shortName == name || $0.className == name }) else {
            throw .unknownName(
                kind: "learning rate", known: ["a number"] + LearningRateSchedules.all.map { $0.shortName },
                received: text)
        }
        var values: [String: ConfigurationValue] = [:]
        for (place, item) in (parts.count > 1 ? parts[1] : "").split(separator: ",").enumerated() {
            let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
            let isInitial = place == 0 && pair.count == 1
            guard pair.count == 2 || isInitial, let value = Self.value(pair[pair.count - 1]) else {
                throw .compiled(
                    "schedule \(name)", name: "an argument", requirement: "NAME=VALUE with a number, true or false",
                    received: String(item))
            }
            values[isInitial ? "initial_learning_rate" : pair[0]] = value
        }
        let arguments = LayerArguments(values, of: .schedule(name))
        let schedule = try arguments.object(of: type)
        let known = schedule.configuration.keys.sorted()
        for (key, value) in values where !known.contains(key) {
            throw .compiled(
                "schedule \(name)", name: key, requirement: "one of \(known.joined(separator: ", "))",
                received: "\(value)")
        }
        self.init(schedule)
    }

    private static func value(_ text: String) -> ConfigurationValue? {
        if text.contains("/") {
            let values = text.split(separator: "/").map { value(String($0)) }
            return values.contains { $0 == nil } ? nil : .list(values.compactMap { $0 })
        }
        if let flag = Bool(text) { return .bool(flag) }
        return Int(text).map(ConfigurationValue.integer) ?? Double(text).map(ConfigurationValue.real)
    }
}

extension LearningRateSchedule {
    /// The name in text: `cosine` for `CosineDecay`.
    package static var shortName: String {
        var words = snakeCase(className).split(separator: "_")
        words.removeAll { $0 == "decay" }
        return words.joined(separator: "_")
    }
}
