import LockstepCompute
import LockstepLayers

extension Model {
    /// Keras's table of the layers, as text. Layers whose input shape is not known yet are listed without shapes.
    ///
    /// - Throws: `LayerError` if the layers do not fit together.
    public func summaryText() throws -> String {
        let graph = knowsInputShape || isBuilt ? try connect() : nil
        if graph == nil { try Graph.nameLayers(layers) }
        let isSequential = self is Sequential
        let isChain = graph?.nodes.dropFirst().allSatisfy { $0.inputs.count == 1 } ?? true
        let widths = isSequential || isChain ? [33, 24, 15] : [21, 19, 12, 19]
        let titles = ["Layer (type)", "Output Shape", "Param #"] + (widths.count > 3 ? ["Connected to"] : [])

        let rows: [[String]] =
            if let graph {
                graph.nodes.filter { $0.call == 0 && !(isSequential && $0.layer is InputLayer) }.map { node in
                    let shapes = node.partialShapes.map {
                        "(" + ([nil] + $0.dimensions).map { $0.map(String.init) ?? "None" }.joined(separator: ", ")
                            + ")"
                    }
                    let shape = shapes.count == 1 ? shapes[0] : "[\(shapes.joined(separator: ", "))]"
                    let parameters = grouped(node.weights.reduce(0) { $0 + $1.shape.count })
                    let inputs = graph.nodes.filter { $0.layer === node.layer }.flatMap(\.inputs)
                    let sources = inputs.map { source in
                        let node = graph.nodes[source.node]
                        return "\(node.layer.name)[\(node.call)][\(source.index)]"
                    }.joined(separator: ", ")
                    let title = "\(node.layer.name) (\(node.layer.kind))"
                    return [title, shape, parameters] + (widths.count > 3 ? [sources.isEmpty ? "-" : sources] : [])
                }
            } else {
                layers.map { ["\($0.name) (\($0.kind))", "?", "0 (unbuilt)"] }
            }

        func line(_ left: String, _ fill: String, _ between: String, _ right: String) -> String {
            left + widths.map { String(repeating: fill, count: $0) }.joined(separator: between) + right + "\n"
        }
        func cells(_ texts: [String], _ bar: String) -> String {
            let columns = zip(texts, widths).map { wrapped($0, width: $1 - 2) }
            return (0..<(columns.map(\.count).max() ?? 0)).map { row in
                let shown = columns.enumerated().map { index, lines in
                    " " + padded(row < lines.count ? lines[row] : "", to: widths[index] - 2, alignsRight: index == 2)
                        + " "
                }
                return bar + shown.joined(separator: bar) + bar + "\n"
            }.joined()
        }
        var text = "Model: \"\(name)\"\n" + line("┏", "━", "┳", "┓") + cells(titles, "┃") + line("┡", "━", "╇", "┩")
        text += rows.map { cells($0, "│") }.joined(separator: line("├", "─", "┼", "┤"))
        text += line("└", "─", "┴", "┘")
        let (trainable, state) = (graph?.trainableCount ?? 0, graph?.stateCount ?? 0)
        // Keras counts the number of updates and a learning rate without a schedule as variables of the optimizer.
        let optimizer = existingRuntime?.compilation.map { compilation in
            compilation.turns.flatMap(\.updates).reduce(0) { count, update in
                let optimizer = compilation.optimizers[update.optimizer]
                let moved = update.weights ?? graph?.weights.filter(\.isTrainable) ?? []
                return moved.reduce(count + (optimizer.schedule == nil ? 2 : 1)) { count, weight in
                    (0..<optimizer.slotCount).reduce(count) {
                        $0 + (optimizer.shape(ofSlot: $1, of: weight)?.count ?? 0)
                    }
                }
            }
        }
        text += footer("Total", trainable + state + (optimizer ?? 0)) + footer("Trainable", trainable)
        text += footer("Non-trainable", state)
        return text + (optimizer.map { footer("Optimizer", $0) } ?? "")
    }

    /// Prints Keras's table of the layers, on rank 0.
    ///
    /// - Throws: `LayerError` if the layers do not fit together.
    public func summary() throws {
        let text = try summaryText()
        Coordinator(communicator: try communicator()).report { Terminal.write(text) }
    }

    /// Lines of at most `width` characters, broken at blanks; a longer word is cut.
    private func wrapped(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            if !lines[lines.count - 1].isEmpty {
                if lines[lines.count - 1].count + 1 + word.count <= width {
                    lines[lines.count - 1] += " " + word
                    continue
                }
                lines.append("")
            }
            lines[lines.count - 1] = word.count <= width ? String(word) : word.prefix(width - 1) + "…"
        }
        return lines
    }

    private func padded(_ text: String, to width: Int, alignsRight: Bool) -> String {
        let fill = String(repeating: " ", count: max(0, width - text.count))
        return alignsRight ? fill + text : text + fill
    }

    private func footer(_ kind: String, _ count: Int) -> String {
        " \(kind) params: \(grouped(count)) (\(memorySize(4 * count)))\n"
    }

    /// `1234567` as `1,234,567`.
    private func grouped(_ number: Int) -> String {
        let digits = Array("\(number)")
        return digits.enumerated().map { ($0 > 0 && (digits.count - $0).isMultiple(of: 3) ? "," : "") + String($1) }
            .joined()
    }

    private func memorySize(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "KB", "MB", "GB", "TB"] {
            if value < 1024 || unit == "TB" { return "\(formatted(value, digits: 2)) \(unit)" }
            value /= 1024
        }
        return ""
    }
}
