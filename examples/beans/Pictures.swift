import Lockstep

extension BeanSet {
    /// The beans with the model's predictions: a curve over one feature, a surface over two.
    func figure(_ x: Tensor, _ y: Tensor, _ model: Model) throws -> Figure {
        var figure = Figure(width: 800, height: 600)
        figure.add(features == 1 ? try flatPanel(x, y, model) : try spatialPanel(x, y, model))
        return figure
    }

    private func flatPanel(_ x: Tensor, _ y: Tensor, _ model: Model) throws -> Panel {
        let sizes = Tensor.linspace(0, limit, count: 201)
        let predicted = try model.predict(sizes)
        return Panel(
            "Beans, set \(rawValue)", xLabel: "size", yLabel: "poisonous",
            series: [.points(x.doubles, y.doubles, "beans"), .line(sizes.doubles, predicted.doubles, "predicted")])
    }

    /// Darkness goes to the right and size to the back, so that poisonous beans, the higher ones, do not hide the
    /// others.
    private func spatialPanel(_ x: Tensor, _ y: Tensor, _ model: Model) throws -> Panel {
        let side = 41
        let axis = Tensor.linspace(0, limit, count: side).elements
        let grid = try Tensor(rows: axis.flatMap { size in axis.map { darkness in [size, darkness] } })
        let heights = try model.predict(grid).doubles
        let rows = stride(from: 0, to: heights.count, by: side).map { Array(heights[$0..<$0 + side]) }
        let clouds = [(Float(1), "poisonous"), (0, "harmless")].map { kind, label in
            let beans = x.gathered((0..<x.rowCount).filter { y[$0] == kind })
            let height = [Double](repeating: Double(kind), count: beans.rowCount)
            return Panel.Series.cloud(beans.columns(1..<2).doubles, beans.columns(0..<1).doubles, height, label)
        }
        return Panel(
            "Beans, set \(rawValue), and the predicted surface", xLabel: "darkness", yLabel: "size",
            series: [.surface(axis.map(Double.init), axis.map(Double.init), rows, "")] + clouds)
    }
}

extension Tensor {
    fileprivate var doubles: [Double] { elements.map(Double.init) }
}
