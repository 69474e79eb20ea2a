import CKernels

/// What a recurrent layer computes in one step of time, row by row: h from the gates and from h in front of the step.
///
/// The activations are of those whose derivative follows from the output.
package enum RecurrentCell: Sendable {
    /// `h = φ(x·W + h·U + b)` (Elman, 1990).
    case simple(ActivationFunction)
    /// Gated recurrent units (Cho et al., 2014), reset behind the product, gates in the order z, r, g. With q = h·U +
    /// c: `z, r = σ(x·W + b + q)`, `g = φ(x·W + b + r·q)`, `h = z·h + (1 − z)·g`.
    case gated(ActivationFunction, recurrent: ActivationFunction)
    /// The same, reset in front of the product: `g = φ(x·W + b + (r·h)·U)`.
    case gatedBefore(ActivationFunction, recurrent: ActivationFunction)

    /// Columns of W and U for each unit.
    package var gateCount: Int {
        switch self {
        case .simple: 1
        case .gated, .gatedBefore: 3
        }
    }

    /// Whether h·U is kept apart from x·W, with a bias and a gradient of its own. Otherwise it is added to the gates.
    package var keepsProduct: Bool {
        switch self {
        case .simple, .gatedBefore: false
        case .gated: true
        }
    }

    /// Whether the last of the gates takes r·h, which is kept, in place of h. It follows from the others in a second
    /// stage.
    package var resetsBefore: Bool {
        if case .gatedBefore = self { true } else { false }
    }

    /// The first stage of a row, where there are two: turns the gates z and r into their values, and gives r·h.
    func reset(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, before: UnsafeMutablePointer<Float>,
        into reset: UnsafeMutablePointer<Float>
    ) {
        guard case .gatedBefore(_, let recurrent) = self else { return }
        kernels.activation(recurrent.elementKernel.0, 0, 0, 2 * units, gates, gates)
        for unit in 0..<units { reset[unit] = gates[units + unit] * before[unit] }
    }

    /// Turns a row's gates into their values, and gives h.
    ///
    /// - Parameter product: the row of h·U + c where the cell keeps that, else the gates.
    func forward(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>,
        before: UnsafeMutablePointer<Float>, h: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .simple(let activation):
            kernels.activation(activation.elementKernel.0, 0, 0, units, gates, gates)
            h.update(from: gates, count: units)
        case .gated(let activation, let recurrent):
            let (z, r, g, q) = (gates, gates + units, gates + 2 * units, product + 2 * units)
            kernels.add(2 * units, gates, product, gates)
            kernels.activation(recurrent.elementKernel.0, 0, 0, 2 * units, gates, gates)
            for unit in 0..<units { g[unit] += r[unit] * q[unit] }
            kernels.activation(activation.elementKernel.0, 0, 0, units, g, g)
            for unit in 0..<units { h[unit] = z[unit] * before[unit] + (1 - z[unit]) * g[unit] }
        case .gatedBefore(let activation, _):
            let (z, g) = (gates, gates + 2 * units)
            kernels.activation(activation.elementKernel.0, 0, 0, units, g, g)
            for unit in 0..<units { h[unit] = z[unit] * before[unit] + (1 - z[unit]) * g[unit] }
        }
    }

    /// Turns a row's gates into the gradients in front of them, and the product, where it is kept, into its gradient.
    ///
    /// Where there are two stages, the gate r waits for the second.
    ///
    /// - Parameters:
    ///   - product: where there are two stages, room for two rows of h.
    ///   - dh: the gradient of h; becomes that of h in front of the step, without what comes through the product.
    func backward(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>,
        before: UnsafeMutablePointer<Float>, dh: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .simple(let activation):
            kernels.activation_gradient(activation.elementKernel.0, 0, 0, units, gates, gates, dh, gates)
            dh.update(repeating: 0, count: units)
        case .gated(let activation, let recurrent):
            let (z, r, g, q) = (gates, gates + units, gates + 2 * units, product + 2 * units)
            // The product's parts for z and r have been used up, and take the gradients behind the activations of z
            // and, for a while, g.
            let (dz, dr) = (product, product + units)
            for unit in 0..<units {
                let d = dh[unit]
                dz[unit] = d * (before[unit] - g[unit])
                dr[unit] = d * (1 - z[unit])
                dh[unit] = d * z[unit]
            }
            kernels.activation_gradient(activation.elementKernel.0, 0, 0, units, g, g, dr, g)
            for unit in 0..<units {
                dr[unit] = g[unit] * q[unit]
                q[unit] = g[unit] * r[unit]
            }
            kernels.activation_gradient(recurrent.elementKernel.0, 0, 0, 2 * units, gates, gates, product, gates)
            product.update(from: gates, count: 2 * units)
        case .gatedBefore(let activation, let recurrent):
            let (z, g, dz, dg) = (gates, gates + 2 * units, product, product + units)
            for unit in 0..<units {
                let d = dh[unit]
                dz[unit] = d * (before[unit] - g[unit])
                dg[unit] = d * (1 - z[unit])
                dh[unit] = d * z[unit]
            }
            kernels.activation_gradient(activation.elementKernel.0, 0, 0, units, g, g, dg, g)
            kernels.activation_gradient(recurrent.elementKernel.0, 0, 0, units, z, z, dz, z)
        }
    }

    /// The second stage of a row, where there are two: turns the gate r into the gradient in front of it, and adds to
    /// that of h.
    ///
    /// - Parameter product: the gradient of r·h, and behind it room for another row of h.
    func resetBackward(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>,
        before: UnsafeMutablePointer<Float>, dh: UnsafeMutablePointer<Float>
    ) {
        guard case .gatedBefore(_, let recurrent) = self else { return }
        let (r, dr) = (gates + units, product + units)
        for unit in 0..<units {
            dr[unit] = product[unit] * before[unit]
            dh[unit] += product[unit] * r[unit]
        }
        kernels.activation_gradient(recurrent.elementKernel.0, 0, 0, units, r, r, dr, r)
    }
}
