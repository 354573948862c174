function [baseMVA, bus] = old
